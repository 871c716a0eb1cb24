// From the server's `cases_url` of a figure to the page that shows those cases.
import type { LocationQueryRaw, RouteLocationRaw } from 'vue-router'
import type { Figure } from '../api/answers'

export type Part = 'numerator' | 'denominator'

/**
 * The query of `/cases` for a figure's list, null where the figure has none (registry figures count items).
 * Understands both `/api/v1/figures/{id}/cases?…` and `/api/v1/cases?figure={id}&…`.
 */
export function figureCases(figure: Pick<Figure, 'id' | 'cases_url'>, part: Part): LocationQueryRaw | null {
  if (!figure.cases_url) return null
  const url = new URL(figure.cases_url, 'http://here')
  const query: Record<string, string> = Object.fromEntries(url.searchParams)
  const inPath = /\/figures\/([^/]+)\/cases$/.exec(url.pathname)
  query.figure = query.figure ?? (inPath?.[1] ? decodeURIComponent(inPath[1]) : figure.id)
  query.part = part
  return query
}

/** Where a figure's list is: its cases, or the items or departments where it counts those. */
export function figureList(figure: Figure, part: Part): RouteLocationRaw {
  const cases = figureCases(figure, part)
  if (cases) return { name: 'cases', query: cases }
  const period = { from: figure.period_from ?? '', to: figure.period_to ?? '' }
  const asked = Object.fromEntries(Object.entries(period).filter(([, day]) => day !== ''))
  return { name: 'members', params: { figure: figure.id }, query: { ...asked, part } }
}
