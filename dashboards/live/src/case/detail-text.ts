// The token of a finding and the article it rests on in words; what is not known stays as it is.
import type { Words } from '../i18n/words'
import type { Language } from '../words/names'

/** `no_notice`, `step:审查 breached`, `repeated_accepted`, `3 requests`, `was e17`. */
export function detailText(detail: string, words: Words): string {
  const { t, clockWord, codeWord } = words
  const breached = /^(.+) breached$/.exec(detail)
  if (breached?.[1]) return `${clockWord(breached[1])} ${t('clockStates.breached')}`
  const repeated = /^repeated_([a-z_]+)$/.exec(detail)
  if (repeated?.[1]) return t('details.repeated', { kind: codeWord('kinds', repeated[1]) })
  const requests = /^(\d+) requests$/.exec(detail)
  if (requests?.[1]) return t('details.requests', { n: requests[1] })
  const was = /^was (.+)$/.exec(detail)
  if (was?.[1]) return t('details.was', { event: was[1] })
  return codeWord('details', detail)
}

/** `行政许可法第42条` → `Licensing Law art. 42`, as the day-by-day explanation names it. */
export function articleText(article: string, language: Language): string {
  return language === 'zh' ? article : article.replace(/^行政许可法第(\d+)条$/, 'Licensing Law art. $1')
}
