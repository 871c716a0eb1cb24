// The grid of tiles and what each shows, without any drawing.
import type { DepartmentTile, TileLight } from '../api/answers'

/** Width over height that reads best for a name above a number. */
const BEST_RATIO = 1.15
const AREA = { width: 58, height: 23 }
const NARROWEST = 5.4

/** Columns and rows for `count` tiles on the wall, in rem; the same count always gives the same places. */
export function gridShape(count: number): { columns: number; rows: number } {
  let best = { columns: 1, rows: Math.max(1, count) }
  let bestScore = Number.POSITIVE_INFINITY
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.max(1, Math.ceil(count / columns))
    const width = AREA.width / columns
    if (width < NARROWEST) break
    const waste = (columns * rows - count) / Math.max(1, count)
    const score = Math.abs(Math.log(width / (AREA.height / rows) / BEST_RATIO)) + waste
    if (score < bestScore) {
      best = { columns, rows }
      bestScore = score
    }
  }
  return best
}

/** Columns on a desk: of 8 to 5 what leaves the last row fullest. */
export function deskColumns(count: number): number {
  const waste = (columns: number) => Math.ceil(count / columns) * columns - count
  return [8, 7, 6, 5].reduce((best, columns) => (waste(columns) < waste(best) ? columns : best), 8)
}

export interface Share {
  kind: 'red' | 'yellow' | 'reminder' | 'standing' | 'green'
  count: number
}

/** Open cases by light, worst first; what is neither failing nor standing is green. */
export function tileShares(tile: DepartmentTile): Share[] {
  const rest = Math.max(0, tile.open - tile.red - tile.yellow - tile.reminder - tile.standing)
  const shares: Share[] = [
    { kind: 'red', count: tile.red },
    { kind: 'yellow', count: tile.yellow },
    { kind: 'reminder', count: tile.reminder },
    { kind: 'standing', count: tile.standing },
    { kind: 'green', count: rest },
  ]
  return shares.filter((share) => share.count > 0)
}

/** How many cases have the tile's own light; none is shown for green and unknown. */
export function countOfLight(tile: DepartmentTile, light: TileLight): number | null {
  switch (light) {
    case 'red':
      return tile.red
    case 'yellow':
      return tile.yellow
    case 'reminder':
      return tile.reminder
    case 'green':
    case 'unknown':
      return null
    default:
      return light satisfies never
  }
}
