// The screen's cadence is not the network's: many messages, one change of the picture.

/** Calm enough to read, soon enough for the second that an alert may take. */
export const SCREEN_MS = 250

export interface Screen<Message> {
  add(message: Message): void
  /** Shows what waits at once. */
  flush(): void
  stop(): void
}

/** Collects messages and shows them together, at most once every `SCREEN_MS`. */
export function createScreen<Message>(show: (messages: Message[]) => void): Screen<Message> {
  let waiting: Message[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const messages = waiting
    waiting = []
    show(messages)
  }

  return {
    add(message) {
      waiting.push(message)
      timer ??= setTimeout(flush, SCREEN_MS)
    },
    flush,
    stop() {
      clearTimeout(timer)
      timer = undefined
      waiting = []
    },
  }
}
