// One figure where only its id and period are in the address.
import { computed, watch, type ComputedRef } from 'vue'
import { figuresAddress } from '../api/addresses'
import type { Figure, FigureList } from '../api/answers'
import { useReading } from '../api/reading'
import { useWords } from '../i18n/words'

export interface Asked {
  figure: string
  from: string
  to: string
  department: string
}

export interface KnownFigure {
  figure: ComputedRef<Figure | null>
  /** Its name as the server has it; until it is known, the id. */
  name: ComputedRef<string>
  pending: ComputedRef<boolean>
  readAgain(): void
}

/** The figure of a period as the server has it; nothing is asked for where `figure` is empty. */
export function useFigure(asked: () => Asked): KnownFigure {
  const { name } = useWords()
  const { answer, pending, read } = useReading<FigureList>()
  const address = computed(() => {
    const { figure, ...period } = asked()
    return figure ? figuresAddress(period) : ''
  })
  function readAgain(): void {
    if (address.value) void read(address.value)
  }
  watch(address, readAgain, { immediate: true })
  const figure = computed(() => answer.value?.figures.find((known) => known.id === asked().figure) ?? null)
  return { figure, name: computed(() => name(figure.value?.name) || asked().figure), pending, readAgain }
}
