// A stream that a test drives: what the page opens is kept, what the server would say is said by hand.
import type { OpenStream, StreamEvents } from '../src/live/stream'

export class FakeStream {
  readonly address: string
  readonly events: StreamEvents
  closed = false

  constructor(address: string, events: StreamEvents) {
    this.address = address
    this.events = events
  }

  say(message: unknown): void {
    this.events.received(JSON.stringify(message))
  }

  close(): void {
    this.closed = true
  }
}

export class FakeNetwork {
  readonly streams: FakeStream[] = []

  readonly open: OpenStream = (address, events) => {
    const stream = new FakeStream(address, events)
    this.streams.push(stream)
    return stream
  }

  /** The stream opened last. */
  get last(): FakeStream {
    const stream = this.streams[this.streams.length - 1]
    if (!stream) throw new Error('nothing was opened')
    return stream
  }
}
