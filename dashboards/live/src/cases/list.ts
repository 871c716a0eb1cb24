// What the list of cases is asked for.
import type { Parameters } from '../api/http'

export const CASE_FILTERS = [
  'light',
  'department',
  'item',
  'status',
  'accepted_on',
  'decided_on',
  'due_on',
  'q',
  'sort',
  'cursor',
  'figure',
  'part',
  'from',
  'to',
] as const

export type CaseFilterKey = (typeof CASE_FILTERS)[number]

/** Filters by a local day; the list of a day has an order of its own. */
export const DAY_FILTERS = ['accepted_on', 'decided_on', 'due_on'] as const

/** What the board calls overdue, as one choice of light. */
export const OVERDUE = 'overdue'
const OVERDUE_LIGHTS = ['yellow', 'red']

/** A window of rows, never the whole list. */
export const ROWS = 50

export function isOfDay(values: Record<CaseFilterKey, string>): boolean {
  return DAY_FILTERS.some((key) => values[key] !== '')
}

/** The parameters of the request: failing first unless asked otherwise; lists of a figure or a day have no order of ours. */
export function caseParameters(values: Record<CaseFilterKey, string>): Parameters {
  const { figure, part, sort, light, ...rest } = values
  if (figure) return { ...rest, light, figure, part: part || 'denominator', limit: ROWS }
  const lights = light === OVERDUE ? OVERDUE_LIGHTS : light
  return { ...rest, light: lights, sort: isOfDay(values) ? '' : sort || 'failing', limit: ROWS }
}
