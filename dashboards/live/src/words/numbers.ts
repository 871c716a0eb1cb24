// Numbers as people read them. Rounding is half-up, as the metric contract says.

export const NO_DATA = '—'

export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

/** Half-up (away from zero at the half) without the binary error of toFixed: 0.125 → 0.13, 1.005 → 1.01. */
export function roundHalfUp(value: number, decimals: number): number {
  const shifted = Number(`${Math.abs(value)}e${decimals}`)
  const rounded = Number(`${Math.round(Number.isNaN(shifted) ? Math.abs(value) * 10 ** decimals : shifted)}e${-decimals}`)
  return value < 0 ? -rounded : rounded
}

/** A plain number with at most two decimals, none when whole. */
export function amountText(value: number): string {
  return roundHalfUp(value, 2).toLocaleString('en-US', { maximumFractionDigits: 2 })
}

/** A share as per cent; an empty population is no number at all. */
export function shareText(value: number | null, decimals = 1): string {
  if (value === null) return NO_DATA
  return `${roundHalfUp(value * 100, decimals).toFixed(decimals)}%`
}

/** +30.0, −1.5, ±0.0 */
export function pointsText(points: number, decimals = 1): string {
  const rounded = roundHalfUp(points, decimals)
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '±'
  return `${sign}${Math.abs(rounded).toFixed(decimals)}`
}

export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
