import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBoardStore, type BoardStore } from '../src/live/board'
import { SCREEN_MS } from '../src/live/screen'
import { FakeNetwork } from './fake-stream'
import { board, card, caseTime, tile } from './scene'

const AT = '2026-11-23T02:42:09Z'

describe('the board', () => {
  let network: FakeNetwork
  let store: BoardStore

  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-11-23T03:42:07Z') })
    network = new FakeNetwork()
    store = createBoardStore('ws://hall/ws', network.open)
  })
  afterEach(() => {
    store.disconnect()
    vi.useRealTimers()
  })

  function start(): void {
    store.connect()
    network.last.say({ type: 'snapshot', seq: 1, board: board(), resync_reason: null })
  }

  it('opens nothing before it is told to connect', () => {
    expect(network.streams).toHaveLength(0)
    expect(store.board.value).toBeNull()
  })

  it('shows a snapshot at once and deltas together, a screenful at a time', () => {
    start()
    expect(store.board.value?.departments[0]?.open).toBe(10)
    const before = store.changes.value
    network.last.say({ type: 'delta', seq: 2, as_of: AT, departments: [tile('A', 0, { open: 11 })] })
    network.last.say({ type: 'delta', seq: 3, as_of: AT, departments: [tile('A', 0, { open: 12 })] })
    expect(store.board.value?.departments[0]?.open).toBe(10)
    vi.advanceTimersByTime(SCREEN_MS)
    expect(store.board.value?.departments[0]?.open).toBe(12)
    expect(store.changes.value).toBe(before + 1)
  })

  it('shows a card within the second that an alert may take', () => {
    start()
    network.last.say({ type: 'delta', seq: 2, as_of: AT, cards: [card(7)] })
    vi.advanceTimersByTime(1000)
    expect(store.board.value?.cards.map((shown) => shown.card_id)).toEqual([7])
  })

  it('is to come until it is there or the connection is lost, and never again after that', () => {
    store.connect()
    expect(store.pending.value).toBe(true)
    network.last.events.ended()
    expect(store.pending.value).toBe(false)
    vi.advanceTimersByTime(1000)
    network.last.say({ type: 'snapshot', seq: 1, board: board(), resync_reason: null })
    expect(store.pending.value).toBe(false)
    network.last.events.ended()
    expect(store.pending.value).toBe(false)
  })

  it('wipes nothing when the connection is lost', () => {
    start()
    const shown = store.board.value
    network.last.events.ended()
    expect(store.link.value).toBe('lost')
    vi.advanceTimersByTime(60_000)
    expect(store.board.value).toBe(shown)
  })

  it('keeps the rows after a reconnect until the new snapshot is there', () => {
    start()
    const shown = store.board.value
    network.last.events.ended()
    vi.advanceTimersByTime(1000)
    expect(store.board.value).toBe(shown)
    network.last.say({ type: 'snapshot', seq: 9, board: board({ cards: [card(1)] }), resync_reason: 'too_old' })
    expect(store.board.value?.cards).toHaveLength(1)
  })

  it('knows how wrong the clock of this machine is', () => {
    start()
    expect(store.offset.value).toBe(-3_600_000)
    network.last.say({ type: 'delta', seq: 2, as_of: AT, case_time: caseTime({ server_now: '2026-11-23T03:42:08Z' }) })
    expect(store.offset.value).toBe(1000)
  })

  it('a heartbeat moves the age of the data but is no change of the picture', () => {
    start()
    const before = store.changes.value
    network.last.say({ type: 'heartbeat', seq: 1, as_of: AT, data_as_of: AT })
    vi.advanceTimersByTime(SCREEN_MS)
    expect(store.board.value?.data_as_of).toBe(AT)
    expect(store.changes.value).toBe(before)
  })
})
