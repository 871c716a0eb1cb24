// How many whole rows fit into an element: a board in one view shows no halves and never scrolls.
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { rootSize, WHOLE } from '../design/type'

/** `rowRem` is the height of a row with its gap, `gapRem` the gap that the last row does not need. At least one row. */
export function useFittingRows(element: Ref<HTMLElement | null>, rowRem: number, gapRem: number): Ref<number> {
  const rows = ref(1)
  const observer = new ResizeObserver(([entry]) => {
    if (entry) rows.value = Math.max(1, Math.floor((entry.contentRect.height / rootSize() + gapRem) / rowRem))
  })
  watch(
    element,
    (next, last) => {
      if (last) observer.unobserve(last)
      if (next) observer.observe(next)
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => observer.disconnect())
  return rows
}

/** Whether the screen shows the board in one view: a wall, a desk or a laptop. */
export function useWhole(): Ref<boolean> {
  const media = window.matchMedia(WHOLE)
  const whole = ref(media.matches)
  const follow = () => (whole.value = media.matches)
  media.addEventListener('change', follow)
  onScopeDispose(() => media.removeEventListener('change', follow))
  return whole
}
