// Where each answer is.
import { withParameters, type Parameters } from './http'

const ROOT = '/api/v1'

/** The list of cases; with `figure` it is the list behind that figure (`part` numerator or denominator). */
export function casesAddress(filters: Parameters): string {
  const { figure, ...rest } = filters
  if (!figure) return withParameters(`${ROOT}/cases`, rest)
  return withParameters(`${ROOT}/figures/${encodeURIComponent(String(figure))}/cases`, rest)
}

export function caseAddress(source: string, caseNo: string): string {
  return `${ROOT}/cases/${encodeURIComponent(source)}/${encodeURIComponent(caseNo)}`
}

export function explanationAddress(source: string, caseNo: string): string {
  return `${caseAddress(source, caseNo)}/explanation`
}

export function cardsAddress(filters: Parameters): string {
  return withParameters(`${ROOT}/cards`, filters)
}

export function figuresAddress(filters: Parameters): string {
  return withParameters(`${ROOT}/figures`, filters)
}

/** The items or departments that a figure of the registry counts. */
export function membersAddress(figure: string, filters: Parameters): string {
  return withParameters(`${ROOT}/figures/${encodeURIComponent(figure)}/members`, filters)
}

export function liveAddress(location: Pick<Location, 'protocol' | 'host'>): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`
}
