// The failing cases, read again when the board has changed, but not for every change.
import { onScopeDispose, watch } from 'vue'
import { casesAddress } from '../api/addresses'
import type { CasePage } from '../api/answers'
import { useReading, type Reading } from '../api/reading'
import { useBoard } from '../live/board'
import { calmly } from '../live/calmly'

/** At most one reading in this time, however fast deltas come. */
export const PAUSE_MS = 2000
/** As many as the tallest place can show. */
export const LIMIT = 20

export function useFailing(): Reading<CasePage> {
  const store = useBoard()
  const reading = useReading<CasePage>()
  const calm = calmly(() => void reading.read(casesAddress({ sort: 'failing', limit: LIMIT })), PAUSE_MS)
  watch(store.changes, calm.ask, { immediate: true })
  onScopeDispose(calm.stop)
  return reading
}
