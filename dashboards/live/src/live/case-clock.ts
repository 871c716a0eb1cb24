// Case time as it ticks.
import { onScopeDispose, ref, type Ref } from 'vue'
import { useBoard } from './board'
import { caseNow } from './case-time'

/** Case time as a ticking value, null before the first snapshot. */
export function useCaseNow(): Ref<number | null> {
  const store = useBoard()
  const now: Ref<number | null> = ref(null)

  function tick(): void {
    const told = store.board.value?.case_time
    now.value = told ? caseNow(told, store.offset.value, Date.now()) : null
  }

  tick()
  const timer = setInterval(tick, 250)
  onScopeDispose(() => clearInterval(timer))
  return now
}
