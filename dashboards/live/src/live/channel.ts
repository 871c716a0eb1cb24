// Keeps one live connection: snapshot, deltas in order, resume after a loss, and plain word of every loss.
import type { LiveMessage, Resync } from '../api/answers'
import type { OpenStream, Stream } from './stream'

/** `lost` lasts until the first message of a new connection: an open socket alone is no health. */
export type Link = 'idle' | 'connecting' | 'live' | 'lost'

/** The messages that change what the page knows. */
export type Picture = Exclude<LiveMessage, Resync>

export interface ChannelOptions {
  address: string
  open: OpenStream
  deliver(message: Picture): void
  linkChanged(link: Link): void
  /** Spreads reconnecting clients; between 0 and 1. */
  chance?: () => number
}

export interface Channel {
  connect(): void
  disconnect(): void
  /** Tries at once instead of waiting for the next attempt, for instance when the network is back. */
  retryNow(): void
}

/** The server speaks at least every 2 s; twice that without a word is a loss. */
export const SILENCE_MS = 4000
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 5000

type Step = 'take' | 'drop' | 'resume'

export function createChannel(options: ChannelOptions): Channel {
  const chance = options.chance ?? Math.random
  let stream: Stream | null = null
  let link: Link = 'idle'
  let wanted = false
  let seq: number | null = null
  // After a resume the server decides what was missed: its first message is taken whatever its number.
  let trusted = false
  let aheadBefore = false
  let attempts = 0
  let silence: ReturnType<typeof setTimeout> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  function setLink(next: Link): void {
    if (link === next) return
    link = next
    options.linkChanged(next)
  }

  function dropStream(): void {
    clearTimeout(silence)
    clearTimeout(retry)
    stream?.close()
    stream = null
  }

  function open(): void {
    dropStream()
    if (!wanted) return
    trusted = seq !== null
    aheadBefore = false
    const address = seq === null ? options.address : `${options.address}?since=${seq}`
    listenForSilence()
    stream = options.open(address, { opened: listenForSilence, received, ended: lose })
  }

  function listenForSilence(): void {
    clearTimeout(silence)
    silence = setTimeout(lose, SILENCE_MS)
  }

  function lose(): void {
    dropStream()
    if (!wanted) return
    setLink('lost')
    const wait = Math.min(FIRST_RETRY_MS * 2 ** attempts, LAST_RETRY_MS)
    attempts += 1
    retry = setTimeout(open, wait * (0.8 + 0.4 * chance()))
  }

  function judgeNumber(message: { type: string; seq: number }): Step {
    if (seq === null) return 'drop' // nothing to change yet: the snapshot comes first
    if (message.type === 'heartbeat') return judgeHeartbeat(message.seq, seq)
    if (message.seq <= seq) return 'drop'
    return message.seq === seq + 1 || trusted ? 'take' : 'resume'
  }

  /** A heartbeat may overtake a delta that is being sent; one that stays ahead means that something is missing. */
  function judgeHeartbeat(theirs: number, ours: number): Step {
    if (theirs <= ours || trusted) return 'take'
    if (aheadBefore) return 'resume'
    aheadBefore = true
    return 'take'
  }

  function received(text: string): void {
    listenForSilence()
    const message = JSON.parse(text) as LiveMessage
    if (message.type === 'resync') {
      seq = null // a snapshot follows on the same connection
      return
    }
    const step = message.type === 'snapshot' ? 'take' : judgeNumber(message)
    if (step === 'resume') return open()
    if (step === 'take') take(message)
    if (seq !== null) {
      attempts = 0
      setLink('live')
    }
  }

  function take(message: Picture): void {
    if (message.type !== 'heartbeat') {
      seq = message.seq
      aheadBefore = false
    } else if (trusted) {
      seq = Math.max(seq ?? 0, message.seq)
    }
    trusted = false
    options.deliver(message)
  }

  return {
    connect() {
      if (wanted) return
      wanted = true
      setLink('connecting')
      open()
    },
    disconnect() {
      wanted = false
      dropStream()
      setLink('idle')
    },
    retryNow() {
      if (wanted && link !== 'live') open()
    },
  }
}
