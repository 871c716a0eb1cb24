// Whether a hall has never been sent anything: then its board says how to begin instead of listing what fails.
import type { Board } from '../api/answers'

/** A source that sends events without heartbeats is unknown, but its cases and cards are there to be seen. */
export function isUnheard(board: Board): boolean {
  return (
    board.sources.every((source) => source.state === 'unknown') &&
    board.departments.every((tile) => tile.open === 0) &&
    board.cards.length === 0
  )
}
