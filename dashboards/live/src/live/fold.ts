// The board as a fold of its messages: a snapshot, then deltas that replace by key.
import type { Board, CardNotice, Delta, DepartmentTile, Heartbeat, SourceHealth } from '../api/answers'

/** As many cards as a snapshot carries. */
export const CARDS_KEPT = 30

/** Rows keep their place; a new row goes to the end. */
export function replaceByKey<Row>(rows: readonly Row[], changed: readonly Row[], key: (row: Row) => unknown): Row[] {
  const waiting = new Map(changed.map((row) => [key(row), row]))
  const kept = rows.map((row) => {
    const next = waiting.get(key(row))
    waiting.delete(key(row))
    return next ?? row
  })
  return [...kept, ...waiting.values()]
}

/** When a card last had news for the officers: its issue, or its revocation. */
export function cardMoment(card: CardNotice): number {
  return Date.parse(card.revoked_at ?? card.issued_at)
}

function newestFirst(one: CardNotice, other: CardNotice): number {
  return cardMoment(other) - cardMoment(one) || other.card_id - one.card_id
}

export function orderCards(cards: readonly CardNotice[]): CardNotice[] {
  return [...cards].sort(newestFirst).slice(0, CARDS_KEPT)
}

/** Registry order, whatever order the rows came in: officers know each place by heart. */
export function orderDepartments(departments: readonly DepartmentTile[]): DepartmentTile[] {
  return [...departments].sort((one, other) => one.position - other.position || (one.code < other.code ? -1 : 1))
}

export function foldSnapshot(board: Board): Board {
  return { ...board, departments: orderDepartments(board.departments), cards: orderCards(board.cards) }
}

/** The oldest moment up to which every source that still speaks has told everything. */
export function dataAsOf(sources: readonly SourceHealth[]): string | null {
  const told = sources.filter((source) => source.state === 'current' && source.complete_until !== null)
  const moments = told.map((source) => source.complete_until as string)
  return moments.reduce<string | null>(
    (oldest, moment) => (oldest === null || Date.parse(moment) < Date.parse(oldest) ? moment : oldest),
    null,
  )
}

export function foldDelta(board: Board, delta: Delta): Board {
  const next: Board = { ...board, as_of: delta.as_of }
  if (delta.case_time) next.case_time = delta.case_time
  if (delta.numbers) next.numbers = delta.numbers
  if (delta.due_days) next.due_days = delta.due_days
  if (delta.trend) next.trend = delta.trend
  if (delta.departments) {
    next.departments = orderDepartments(replaceByKey(board.departments, delta.departments, (row) => row.code))
  }
  if (delta.sources) {
    next.sources = replaceByKey(board.sources, delta.sources, (row) => row.code)
    next.data_as_of = dataAsOf(next.sources)
  }
  if (delta.feed_cards) next.feed_cards = delta.feed_cards
  if (delta.outages) next.outages = delta.outages
  if (delta.warnings) next.warnings = delta.warnings
  if (delta.cards) next.cards = orderCards(replaceByKey(board.cards, delta.cards, (row) => row.card_id))
  return next
}

export function foldHeartbeat(board: Board, heartbeat: Heartbeat): Board {
  return { ...board, as_of: heartbeat.as_of, data_as_of: heartbeat.data_as_of }
}
