// Day by day in words: equal neighbouring days become one line, like 9/21–9/23.
import type { ExplainedDay, Name } from '../api/answers'
import { moveDay, shortDay } from '../words/instants'

export interface ExplainedRow {
  from: string
  to: string
  kind: ExplainedDay['day_kind']
  name: Name | null
  counted: boolean
  suspended: boolean
  start: boolean
  due: boolean
  firstNumber: number | null
  lastNumber: number | null
  why: Name
}

function rowOf(day: ExplainedDay): ExplainedRow {
  return {
    from: day.day,
    to: day.day,
    kind: day.day_kind,
    name: day.day_name,
    counted: day.counted,
    suspended: day.suspended,
    start: day.start_day,
    due: day.due_day,
    firstNumber: day.number,
    lastNumber: day.number,
    why: day.why,
  }
}

function continues(row: ExplainedRow, day: ExplainedDay): boolean {
  return (
    moveDay(row.to, 1) === day.day &&
    row.kind === day.day_kind &&
    row.name?.zh === day.day_name?.zh &&
    row.counted === day.counted &&
    row.suspended === day.suspended &&
    !row.start &&
    !day.start_day &&
    !row.due &&
    !day.due_day &&
    row.why.zh === day.why.zh
  )
}

export function groupDays(days: readonly ExplainedDay[]): ExplainedRow[] {
  const rows: ExplainedRow[] = []
  for (const day of days) {
    const last = rows[rows.length - 1]
    if (last && continues(last, day)) {
      last.to = day.day
      last.lastNumber = day.number
    } else {
      rows.push(rowOf(day))
    }
  }
  return rows
}

/** `9/16 周三` or `9/21–9/23`. */
export function daysText(row: ExplainedRow, weekday: string): string {
  return row.from === row.to ? `${shortDay(row.from)} ${weekday}` : `${shortDay(row.from)}–${shortDay(row.to)}`
}
