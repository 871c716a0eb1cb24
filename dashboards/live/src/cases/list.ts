// What the list of cases is asked for.

export const CASE_FILTERS = [
  'light',
  'department',
  'item',
  'status',
  'q',
  'sort',
  'cursor',
  'figure',
  'part',
  'from',
  'to',
] as const

export type CaseFilterKey = (typeof CASE_FILTERS)[number]

/** A window of rows, never the whole list. */
export const ROWS = 50

/** The parameters of the request: failing first unless asked otherwise; a figure's own list has no order of ours. */
export function caseParameters(values: Record<CaseFilterKey, string>): Record<string, string | number> {
  const { figure, part, sort, ...rest } = values
  if (figure) return { ...rest, figure, part: part || 'denominator', limit: ROWS }
  return { ...rest, sort: sort || 'failing', limit: ROWS }
}
