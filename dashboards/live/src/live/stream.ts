// The thing that carries messages; tests put a fake one here.

export interface StreamEvents {
  opened(): void
  received(text: string): void
  /** Once, when the stream ended by itself; not after `close`. */
  ended(): void
}

export interface Stream {
  close(): void
}

export type OpenStream = (address: string, events: StreamEvents) => Stream

export const openWebSocket: OpenStream = (address, events) => {
  const socket = new WebSocket(address)
  let mine = true
  socket.onopen = () => mine && events.opened()
  socket.onmessage = (message) => mine && events.received(String(message.data))
  socket.onclose = () => {
    if (!mine) return
    mine = false
    events.ended()
  }
  return {
    close() {
      mine = false
      socket.close()
    },
  }
}
