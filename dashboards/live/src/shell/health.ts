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
  lostLine: ComputedRef<string>
}

export function useHealth(): Health {
  const store = useBoard()
  const { t } = useWords()
  const zone = computed(() => store.hall.value?.zone ?? 'Asia/Shanghai')

  const counts = computed(() => {
    const listed = store.board.value?.sources ?? []
    const sources = listed.filter((source) => !source.archive)
    const silent = sources.filter((source) => source.state === 'silent').length
    const unconfirmed = sources.filter((source) => source.state === 'unconfirmed').length
    const unknown = sources.filter((source) => source.state === 'unknown').length
    const current = sources.length - silent - unconfirmed - unknown
    return { listed: listed.length, all: sources.length, current, silent, unconfirmed, unknown }
  })

  const mark = computed<Mark>(() => {
    const { all, current, silent } = counts.value
    if (silent > 0) return 'yellow'
    return all === 0 || current < all ? 'unknown' : 'green'
  })

  const sources = computed(() => {
    const { listed, all, current, silent, unconfirmed, unknown } = counts.value
    if (all === 0) return t(listed === 0 ? 'header.sourcesNone' : 'header.sourcesArchive')
    const parts = [t('header.sources', { current, all })]
    if (silent > 0) parts.push(t('header.silent', { n: silent }))
    else if (unconfirmed > 0) parts.push(t('header.unconfirmed', { n: unconfirmed }))
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

  /** Events may have come although no heartbeat says up to when they are all. */
  const without = computed(() => (counts.value.unconfirmed > 0 ? 'dataUnconfirmed' : 'dataNever'))
  const dataAsOf = computed(() =>
    dataMoment.value ? t('header.dataAsOf', { moment: dataMoment.value }) : t(`header.${without.value}`),
  )
  const lostLine = computed(() =>
    dataMoment.value ? t('link.lostLine', { moment: dataMoment.value }) : t(`link.${without.value}`),
  )

  return { zone, mark, sources, dataAsOf, dataMoment, lostLine }
}
