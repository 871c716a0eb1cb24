import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createChannel, SILENCE_MS, type Channel, type Link, type Picture } from '../src/live/channel'
import { FakeNetwork } from './fake-stream'
import { board } from './scene'

const AT = '2026-11-23T02:42:07Z'
const snapshot = (seq: number) => ({ type: 'snapshot', seq, board: board(), resync_reason: null })
const delta = (seq: number) => ({ type: 'delta', seq, as_of: AT })
const heartbeat = (seq: number) => ({ type: 'heartbeat', seq, as_of: AT, data_as_of: AT })

describe('the live channel', () => {
  let network: FakeNetwork
  let links: Link[]
  let delivered: Picture[]
  let channel: Channel

  beforeEach(() => {
    vi.useFakeTimers()
    network = new FakeNetwork()
    links = []
    delivered = []
    channel = createChannel({
      address: 'ws://hall/ws',
      open: network.open,
      deliver: (message) => delivered.push(message),
      linkChanged: (link) => links.push(link),
      chance: () => 0.5,
    })
  })
  afterEach(() => {
    channel.disconnect()
    vi.useRealTimers()
  })

  const numbersDelivered = () => delivered.filter((message) => message.type !== 'heartbeat').map((message) => message.seq)

  it('connects when told, not when created', () => {
    expect(network.streams).toHaveLength(0)
    channel.connect()
    expect(network.last.address).toBe('ws://hall/ws')
    channel.connect()
    expect(network.streams).toHaveLength(1)
  })

  it('is live from the first message on, not from the open socket', () => {
    channel.connect()
    network.last.events.opened()
    expect(links).toEqual(['connecting'])
    network.last.say(snapshot(7))
    expect(links).toEqual(['connecting', 'live'])
  })

  it('delivers deltas in order and drops what it has had', () => {
    channel.connect()
    network.last.say(snapshot(7))
    network.last.say(delta(8))
    network.last.say(delta(8))
    network.last.say(delta(9))
    expect(numbersDelivered()).toEqual([7, 8, 9])
  })

  it('drops deltas that come before any snapshot', () => {
    channel.connect()
    network.last.say(delta(3))
    expect(delivered).toEqual([])
    expect(links).toEqual(['connecting'])
  })

  it('asks again from its own number when one is missing, and takes what the server then sends', () => {
    channel.connect()
    network.last.say(snapshot(7))
    const first = network.last
    first.say(delta(10))
    expect(first.closed).toBe(true)
    expect(network.last.address).toBe('ws://hall/ws?since=7')
    network.last.say(delta(10))
    expect(numbersDelivered()).toEqual([7, 10])
    expect(links).toEqual(['connecting', 'live'])
  })

  it('takes the snapshot that follows a resync', () => {
    channel.connect()
    network.last.say(snapshot(7))
    network.last.say({ type: 'resync', reason: 'slow' })
    network.last.say(delta(9))
    network.last.say(snapshot(3))
    network.last.say(delta(4))
    expect(numbersDelivered()).toEqual([7, 3, 4])
    expect(network.streams).toHaveLength(1)
  })

  it('takes a snapshot instead of what it missed, even with a smaller number', () => {
    channel.connect()
    network.last.say(snapshot(7))
    network.last.events.ended()
    vi.advanceTimersByTime(500)
    network.last.say({ ...snapshot(2), resync_reason: 'ahead' })
    network.last.say(delta(3))
    expect(numbersDelivered()).toEqual([7, 2, 3])
  })

  it('a heartbeat ahead of a delta on its way is no gap; one that stays ahead is', () => {
    channel.connect()
    network.last.say(snapshot(7))
    network.last.say(heartbeat(8))
    network.last.say(delta(8))
    network.last.say(heartbeat(8))
    expect(network.streams).toHaveLength(1)
    network.last.say(heartbeat(9))
    network.last.say(heartbeat(9))
    expect(network.last.address).toBe('ws://hall/ws?since=8')
    network.last.say(heartbeat(9))
    network.last.say(heartbeat(9))
    expect(network.streams).toHaveLength(2)
  })

  it('says a closed socket at once and resumes from the last number', () => {
    channel.connect()
    network.last.say(snapshot(7))
    network.last.events.ended()
    expect(links.at(-1)).toBe('lost')
    vi.advanceTimersByTime(500)
    expect(network.last.address).toBe('ws://hall/ws?since=7')
    expect(links.at(-1)).toBe('lost')
    network.last.say(heartbeat(7))
    expect(links.at(-1)).toBe('live')
  })

  it('takes silence beyond four seconds for a loss, and two-second heartbeats for health', () => {
    channel.connect()
    network.last.say(snapshot(7))
    for (let beat = 0; beat < 5; beat += 1) {
      vi.advanceTimersByTime(2000)
      network.last.say(heartbeat(7))
    }
    expect(links.at(-1)).toBe('live')
    const silent = network.last
    vi.advanceTimersByTime(SILENCE_MS)
    expect(links.at(-1)).toBe('lost')
    expect(silent.closed).toBe(true)
  })

  it('tries again ever more slowly, at the slowest every five seconds', () => {
    channel.connect()
    network.last.say(snapshot(1))
    const waits: number[] = []
    for (let attempt = 0; attempt < 6; attempt += 1) {
      network.last.events.ended()
      const before = network.streams.length
      let waited = 0
      while (network.streams.length === before) {
        vi.advanceTimersByTime(100)
        waited += 100
      }
      waits.push(waited)
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 5000, 5000])
  })

  it('tries at once when asked to', () => {
    channel.connect()
    network.last.say(snapshot(1))
    network.last.events.ended()
    channel.retryNow()
    expect(network.streams).toHaveLength(2)
  })

  it('is silent after it was told to disconnect', () => {
    channel.connect()
    network.last.say(snapshot(1))
    channel.disconnect()
    vi.advanceTimersByTime(60_000)
    expect(network.streams).toHaveLength(1)
    expect(links.at(-1)).toBe('idle')
  })
})
