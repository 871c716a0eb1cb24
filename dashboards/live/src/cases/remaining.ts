// How much time a case has left, as one short word; in full where there is room.
import type { CaseRow } from '../api/answers'
import type { Words } from '../i18n/words'
import { localDay, timeText } from '../words/instants'
import { amountText, NO_DATA } from '../words/numbers'

const OPEN = new Set(['applied', 'received', 'correcting', 'accepted', 'suspended'])

export function isOpen(row: Pick<CaseRow, 'status'>): boolean {
  return OPEN.has(row.status)
}

/** The due time that `remaining` speaks of. */
export function dueOf(row: Pick<CaseRow, 'promise_due_at' | 'statutory_due_at' | 'light'>): string | null {
  if (row.light === 'red') return row.statutory_due_at ?? row.promise_due_at
  return row.promise_due_at ?? row.statutory_due_at
}

/** `today` is the local day of case time. Overdue first, then today's time, then days left; a stopped clock says so. */
export function remainingText(row: CaseRow, words: Words, zone: string, today: string, inFull = false): string {
  const { t, limitWord } = words
  if (row.ended) return endedShort(row, words)
  if (row.overdue_days > 0) return overText(row, words, inFull)
  if (row.standing) return t('failing.standing')
  const due = dueOf(row)
  if (isOpen(row) && due && localDay(due, zone) === today) return t('failing.dueAt', { time: timeText(due, zone, false) })
  if (row.remaining === null || row.unit === null) return NO_DATA
  const stem = row.remaining < 0 ? 'overBy' : 'left'
  const amount = Math.abs(row.remaining)
  if (inFull) return t(`list.${stem}`, { limit: limitWord(row.unit, amount) })
  return t(`failing.${stem}.${row.unit}`, { n: amountText(amount) })
}

/** The same in full with the name of the clock; of a clock that has ended, what was used of its limit. */
export function clockText(row: CaseRow, words: Words, zone: string, today: string): string {
  if (!row.clock) return remainingText(row, words, zone, today, true)
  const clock = words.t(`due.${row.clock}`)
  if (!row.ended) {
    const left = remainingText(row, words, zone, today, true)
    return row.overdue_days > 0 ? `${clock} ${left}` : left
  }
  return [isOpen(row) ? words.t('failing.stopped') : '', `${clock} ${usedOfLimit(row, words)}`, verdictOf(row, words, true)]
    .filter(Boolean)
    .join(' · ')
}

function usedOfLimit(row: CaseRow, words: Words): string {
  if (row.used === null || row.used === undefined || row.limit === null || row.limit === undefined) return NO_DATA
  return `${amountText(row.used)} / ${row.unit ? words.limitWord(row.unit, row.limit) : amountText(row.limit)}`
}

function endedShort(row: CaseRow, words: Words): string {
  return [isOpen(row) ? words.t('failing.stopped') : '', verdictOf(row, words, false)].filter(Boolean).join(' · ') || NO_DATA
}

function overText(row: CaseRow, { t, limitWord }: Words, inFull: boolean): string {
  if (inFull) return t('list.overBy', { limit: limitWord('working_days', row.overdue_days) })
  return t('failing.over', { n: row.overdue_days })
}

function verdictOf(row: CaseRow, words: Words, inFull: boolean): string {
  if (row.overdue_days > 0) return overText(row, words, inFull)
  return row.early ? words.t('failing.early') : ''
}
