// The name of a figure where only its id is in the address.
import { computed, onMounted, type ComputedRef } from 'vue'
import { figuresAddress } from '../api/addresses'
import type { FigureList } from '../api/answers'
import { useReading } from '../api/reading'
import { useWords } from '../i18n/words'

/** The figure's name as the server has it; until it is known, the id. */
export function useFigureName(id: () => string): ComputedRef<string> {
  const { name } = useWords()
  const { answer, read } = useReading<FigureList>()
  onMounted(() => {
    if (id()) void read(figuresAddress({}))
  })
  return computed(() => name(answer.value?.figures.find((figure) => figure.id === id())?.name) || id())
}
