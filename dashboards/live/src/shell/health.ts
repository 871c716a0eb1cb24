// What the header says about the sources and the age of the data.
import { computed, type ComputedRef } from 'vue'
import { useWords } from '../i18n/words'
import { useBoard } from '../live/board'
import { showsSeconds } from '../live/case-time'
import { timeText, localDay, momentText } from '../words/instants'
import type { Mark } from '../words/lights'

export interface Health {
  zone: ComputedRef<string>
  mark: ComputedRef<Mark>
  sources: ComputedRef<string>
  dataAsOf: ComputedRef<string>
  /** Time of day, with the date when it is not the day of case time. */
  dataMoment: ComputedRef<string | null>
}

export function useHealth(): Health {
  const store = useBoard()
  const { t } = useWords()
  const zone = computed(() => store.hall.value?.zone ?? 'Asia/Shanghai')

  const counts = computed(() => {
    const sources = store.board.value?.sources ?? []
    const silent = sources.filter((source) => source.state === 'silent').length
    const unknown = sources.filter((source) => source.state === 'unknown').length
    return { all: sources.length, current: sources.length - silent - unknown, silent, unknown }
  })

  const mark = computed<Mark>(() => {
    const { all, silent, unknown } = counts.value
    if (all === 0 || unknown === all) return 'unknown'
    return silent > 0 ? 'yellow' : unknown > 0 ? 'unknown' : 'green'
  })

  const sources = computed(() => {
    const { all, current, silent, unknown } = counts.value
    if (all === 0) return t('header.sourcesNone')
    const parts = [t('header.sources', { current, all })]
    if (silent > 0) parts.push(t('header.silent', { n: silent }))
    else if (unknown > 0) parts.push(t('header.neverHeard', { n: unknown }))
    return parts.join(' · ')
  })

  const dataMoment = computed(() => {
    const board = store.board.value
    const moment = board?.data_as_of
    if (!board || !moment) return null
    const today = localDay(board.as_of, zone.value)
    const seconds = showsSeconds(board.case_time.rate)
    if (localDay(moment, zone.value) === today) return timeText(moment, zone.value, seconds)
    return momentText(moment, zone.value, today.slice(0, 4))
  })

  const dataAsOf = computed(() =>
    dataMoment.value ? t('header.dataAsOf', { moment: dataMoment.value }) : t('header.dataNever'),
  )

  return { zone, mark, sources, dataAsOf, dataMoment }
}
