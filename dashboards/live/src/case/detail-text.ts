// The token of a finding in words; what is not known stays as it is.
import type { Words } from '../i18n/words'

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
