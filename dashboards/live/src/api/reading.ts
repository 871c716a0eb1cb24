// One list or document being read: what was read stays until something newer is there.
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { fetchAnswer, Refused } from './http'

export interface Reading<Answer> {
  /** The last good answer; kept while a newer one is on its way and when it fails. */
  answer: ShallowRef<Answer | null>
  refused: ShallowRef<Refused | null>
  waiting: Ref<boolean>
  /** Whether nothing has come yet, neither an answer nor a refusal: what is shown is a place kept for it. */
  pending: ComputedRef<boolean>
  /** Reads this address; an older request still under way is dropped. */
  read(path: string): Promise<void>
  forget(): void
}

export function useReading<Answer>(): Reading<Answer> {
  const answer: ShallowRef<Answer | null> = shallowRef(null)
  const refused: ShallowRef<Refused | null> = shallowRef(null)
  const waiting = ref(false)
  const pending = computed(() => waiting.value && answer.value === null && refused.value === null)
  let current: AbortController | null = null

  async function read(path: string): Promise<void> {
    current?.abort()
    const mine = new AbortController()
    current = mine
    waiting.value = true
    try {
      const got = await fetchAnswer<Answer>(path, mine.signal)
      if (current !== mine) return
      answer.value = got
      refused.value = null
    } catch (cause) {
      if (current !== mine || mine.signal.aborted) return
      if (!(cause instanceof Refused)) throw cause
      refused.value = cause
    } finally {
      if (current === mine) waiting.value = false
    }
  }

  function forget(): void {
    current?.abort()
    answer.value = null
    refused.value = null
    waiting.value = false
  }

  onScopeDispose(() => current?.abort())
  return { answer, refused, waiting, pending, read, forget }
}
