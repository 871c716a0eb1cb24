// The board as the pages see it. Connects when told, not when made.
import { computed, inject, ref, shallowRef, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import type { Board, Hall } from '../api/answers'
import { clockOffset } from './case-time'
import { createChannel, type Link, type Picture } from './channel'
import { foldDelta, foldHeartbeat, foldSnapshot } from './fold'
import { createScreen } from './screen'
import type { OpenStream } from './stream'

export interface BoardStore {
  /** The last board known; a loss of the connection does not touch it. */
  board: ShallowRef<Board | null>
  hall: ComputedRef<Hall | null>
  /** Whether the first board is still to come; a connection that is lost is an answer too. */
  pending: ComputedRef<boolean>
  link: Ref<Link>
  /** Server's real clock minus this machine's, in ms. */
  offset: Ref<number>
  /** Rises with every change of the picture that a list may depend on. */
  changes: Ref<number>
  /** Cards of the last changes beyond those listed. */
  cardsMore: Ref<number>
  connect(): void
  disconnect(): void
  retryNow(): void
}

export const BOARD: InjectionKey<BoardStore> = Symbol('board')

function foldMessages(board: Board | null, messages: readonly Picture[]): Board | null {
  let folded = board
  for (const message of messages) {
    if (message.type === 'snapshot') folded = foldSnapshot(message.board)
    else if (folded && message.type === 'delta') folded = foldDelta(folded, message)
    else if (folded && message.type === 'heartbeat') folded = foldHeartbeat(folded, message)
  }
  return folded
}

function isNews(message: Picture): boolean {
  return message.type === 'snapshot' || message.type === 'delta'
}

function cardsBeyond(messages: readonly Picture[]): number {
  return messages.reduce((sum, message) => sum + (message.type === 'delta' ? (message.cards_more ?? 0) : 0), 0)
}

export function createBoardStore(address: string, open: OpenStream): BoardStore {
  const board: ShallowRef<Board | null> = shallowRef(null)
  const link: Ref<Link> = ref('idle')
  const offset = ref(0)
  const changes = ref(0)
  const cardsMore = ref(0)

  const screen = createScreen<Picture>((messages) => {
    board.value = foldMessages(board.value, messages)
    if (messages.some(isNews)) changes.value += 1
    cardsMore.value = cardsBeyond(messages)
  })

  const channel = createChannel({
    address,
    open,
    deliver(message) {
      const told = message.type === 'snapshot' ? message.board.case_time : message.type === 'delta' ? message.case_time : null
      if (told) offset.value = clockOffset(told, Date.now())
      screen.add(message)
      if (message.type === 'snapshot') screen.flush()
    },
    linkChanged(next) {
      link.value = next
    },
  })

  return {
    board,
    hall: computed(() => board.value?.hall ?? null),
    pending: computed(() => board.value === null && link.value !== 'lost'),
    link,
    offset,
    changes,
    cardsMore,
    connect: channel.connect,
    disconnect() {
      channel.disconnect()
      screen.stop()
    },
    retryNow: channel.retryNow,
  }
}

export function useBoard(): BoardStore {
  const store = inject(BOARD)
  if (!store) throw new Error('no board store: main.ts provides it')
  return store
}
