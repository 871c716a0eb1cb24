// The working calendar of one case as columns, marks and bands, without any drawing.
import type { CaseDetail, CaseEvent, DayKind, ExplainedClock, ExplainedDay, Explanation, Name } from '../api/answers'
import { daysBetween, localDay, moveDay, weekdayOf } from '../words/instants'

export interface DayColumn {
  type: 'day'
  day: string
  kind: DayKind
  name: Name | null
  rest: boolean
}

/** A long stretch in which nothing happens, drawn as one column. */
export interface FoldColumn {
  type: 'fold'
  from: string
  to: string
  days: number
}

export type Column = DayColumn | FoldColumn

export interface Post {
  clock: string
  at: string
  day: string
}

export interface Timeline {
  columns: Column[]
  today: string
  clocks: ExplainedClock[]
  days: Map<string, Map<string, ExplainedDay>>
  due: Post[]
  refused: Post[]
  events: Map<string, CaseEvent[]>
  /** Limit with its extension, by clock: what is counted beyond is overdue. */
  totals: Map<string, number>
}

/** The limits that have a colour of their own; `other` is that of all the rest. */
export const INKS = ['promise', 'statutory', 'other'] as const
export type ClockInk = (typeof INKS)[number]

export function inkOf(clock: string): ClockInk {
  return clock === 'promise' || clock === 'statutory' ? clock : 'other'
}

/** Whether a counted day lies beyond the limit. */
export function isOver(day: ExplainedDay, total: number): boolean {
  return day.counted && day.number !== null && day.number > total
}

/** Cases up to this many days are drawn whole. */
const WHOLE_DAYS = 100
/** A quiet stretch must be this long to be folded; as many days stay on both its sides. */
const FOLD_FROM = 21
const FOLD_EDGE = 3

function explainedDays(explanation: Explanation): Map<string, ExplainedDay> {
  const days = new Map<string, ExplainedDay>()
  for (const clock of explanation.clocks) for (const day of clock.days) if (!days.has(day.day)) days.set(day.day, day)
  return days
}

/** A day outside every clock is named by its weekday alone: what the calendar says of it was not told. */
function dayColumn(day: string, told: ExplainedDay | undefined): DayColumn {
  const weekend = weekdayOf(day) % 6 === 0
  const kind: DayKind = told?.day_kind ?? (weekend ? 'weekend' : 'working_day')
  const rest = kind === 'weekend' || kind === 'holiday' || kind === 'closure'
  return { type: 'day', day, kind, name: told?.day_name ?? null, rest }
}

function posts(explanation: Explanation, key: 'due_at' | 'due_at_if_refused', zone: string): Post[] {
  return explanation.clocks.flatMap((clock) => {
    const at = clock[key]
    if (!at || (key === 'due_at_if_refused' && at === clock.due_at)) return []
    return [{ clock: clock.name, at, day: localDay(at, zone) }]
  })
}

function eventsByDay(events: readonly CaseEvent[], zone: string): Map<string, CaseEvent[]> {
  const byDay = new Map<string, CaseEvent[]>()
  for (const event of events) {
    if (event.voided || event.kind === 'voided') continue
    const day = localDay(event.occurred_at, zone)
    byDay.set(day, [...(byDay.get(day) ?? []), event])
  }
  return byDay
}

function foldQuiet(columns: DayColumn[], marked: ReadonlySet<string>): Column[] {
  if (columns.length <= WHOLE_DAYS) return columns
  const folded: Column[] = []
  let start = 0
  for (let index = 0; index <= columns.length; index += 1) {
    const column = columns[index]
    if (column && !marked.has(column.day)) continue
    const quiet = columns.slice(start, index)
    folded.push(...(quiet.length >= FOLD_FROM ? foldStretch(quiet) : quiet))
    if (column) folded.push(column)
    start = index + 1
  }
  return folded
}

function foldStretch(quiet: DayColumn[]): Column[] {
  const inner = quiet.slice(FOLD_EDGE, -FOLD_EDGE)
  const from = inner[0]?.day ?? ''
  const to = inner[inner.length - 1]?.day ?? ''
  return [...quiet.slice(0, FOLD_EDGE), { type: 'fold', from, to, days: inner.length }, ...quiet.slice(-FOLD_EDGE)]
}

export function makeTimeline(detail: CaseDetail, explanation: Explanation): Timeline {
  const zone = detail.hall.zone
  const told = explainedDays(explanation)
  const events = eventsByDay(detail.events, zone)
  const due = posts(explanation, 'due_at', zone)
  const refused = posts(explanation, 'due_at_if_refused', zone)
  const known = [...told.keys(), ...events.keys(), ...due.map((post) => post.day), ...refused.map((post) => post.day)]
  known.sort()
  const first = moveDay(known[0] ?? explanation.today, -1)
  const last = moveDay(known[known.length - 1] ?? explanation.today, 1)
  const columns = Array.from({ length: daysBetween(first, last) + 1 }, (_, index) => moveDay(first, index)).map((day) =>
    dayColumn(day, told.get(day)),
  )
  const marked = new Set([...events.keys(), ...[...due, ...refused].map((post) => post.day), explanation.today])
  return {
    columns: foldQuiet(columns, marked),
    today: explanation.today,
    clocks: explanation.clocks,
    days: new Map(explanation.clocks.map((clock) => [clock.name, new Map(clock.days.map((day) => [day.day, day]))])),
    due,
    refused,
    events,
    totals: new Map(detail.clocks.map((clock) => [clock.name, clock.limit + clock.extended])),
  }
}

/** Bands of equal width; the last may be shorter. */
export function cutBands(columns: readonly Column[], perBand: number): Column[][] {
  const bands: Column[][] = []
  for (let start = 0; start < columns.length; start += perBand) bands.push(columns.slice(start, start + perBand))
  return bands
}

export function columnOf(band: readonly Column[], day: string): number {
  return band.findIndex((column) =>
    column.type === 'day' ? column.day === day : column.from <= day && day <= column.to,
  )
}

/** Neighbouring columns that share a named holiday carry its name once. */
export interface NameSpan {
  from: number
  length: number
  name: Name
  makeUp: boolean
}

export function nameSpans(band: readonly Column[]): NameSpan[] {
  const spans: NameSpan[] = []
  band.forEach((column, index) => {
    if (column.type !== 'day' || !column.name) return
    const makeUp = column.kind === 'make_up_workday'
    const last = spans[spans.length - 1]
    const joins = last && last.from + last.length === index && last.name.zh === column.name.zh && last.makeUp === makeUp
    if (joins) last.length += 1
    else spans.push({ from: index, length: 1, name: column.name, makeUp })
  })
  return spans
}
