// Reading again after changes, but not after every one.

/** Calls `act` at once, then at most once every `pause` ms; the last call is never lost. */
export function calmly(act: () => void, pause: number): { ask(): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = false

  function run(): void {
    asked = false
    act()
    timer = setTimeout(() => {
      timer = undefined
      if (asked) run()
    }, pause)
  }

  return {
    ask() {
      asked = true
      if (timer === undefined) run()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      asked = false
    },
  }
}
