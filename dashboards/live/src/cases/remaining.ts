// How much time a case has left, as one short word.
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

/** `today` is the local day of case time. Overdue first, then today's time, then days left. */
export function remainingText(row: CaseRow, words: Words, zone: string, today: string): string {
  const { t } = words
  if (row.overdue_days > 0) return t('failing.over', { n: row.overdue_days })
  if (row.standing) return t('failing.standing')
  const due = dueOf(row)
  if (isOpen(row) && due && localDay(due, zone) === today) return t('failing.dueAt', { time: timeText(due, zone, false) })
  if (row.remaining === null || row.unit === null) return NO_DATA
  const stem = row.remaining < 0 ? 'failing.overBy' : 'failing.left'
  return t(`${stem}.${row.unit}`, { n: amountText(Math.abs(row.remaining)) })
}
