// Every light is a word, a shape and a colour; this is the list of all of them.
import type { CardLevel, CaseRow } from '../api/answers'

export type Mark = 'green' | 'reminder' | 'yellow' | 'red' | 'standing' | 'unknown' | 'none'

/** The light of a case; one whose clock stands shows that unless it has already failed. */
export function markOfCase(row: Pick<CaseRow, 'light' | 'standing'>): Mark {
  if (row.standing && row.light !== 'red' && row.light !== 'yellow') return 'standing'
  return row.light
}

export const CARD_LEVELS: readonly CardLevel[] = ['reminder', 'yellow', 'red']
