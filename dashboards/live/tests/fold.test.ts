import { describe, expect, it } from 'vitest'
import { CARDS_KEPT, dataAsOf, foldDelta, foldSnapshot, replaceByKey } from '../src/live/fold'
import { board, card, numbers, source, tile } from './scene'

const AS_OF = '2026-11-23T02:50:00Z'

describe('replacing by key', () => {
  it('leaves every row in its place and puts new ones at the end', () => {
    const rows = [{ k: 'a', v: 1 }, { k: 'b', v: 1 }]
    expect(replaceByKey(rows, [{ k: 'c', v: 3 }, { k: 'a', v: 2 }], (row) => row.k)).toEqual([
      { k: 'a', v: 2 },
      { k: 'b', v: 1 },
      { k: 'c', v: 3 },
    ])
  })
})

describe('a delta', () => {
  it('changes what is present and leaves what is absent or null', () => {
    const before = board({ cards: [card(1)] })
    const after = foldDelta(before, { type: 'delta', seq: 2, as_of: AS_OF, numbers: numbers({ open: 31 }), cards: null })
    expect(after.numbers.open).toBe(31)
    expect(after.as_of).toBe(AS_OF)
    expect(after.cards).toBe(before.cards)
    expect(after.departments).toBe(before.departments)
    expect(before.numbers.open).toBe(30)
  })

  it('keeps departments in registry order whatever order they come in', () => {
    const start = foldSnapshot(board({ departments: [tile('C', 2), tile('A', 0), tile('B', 1)] }))
    const after = foldDelta(start, { type: 'delta', seq: 2, as_of: AS_OF, departments: [tile('D', 3), tile('B', 1, { red: 1 })] })
    expect(after.departments.map((row) => row.code)).toEqual(['A', 'B', 'C', 'D'])
    expect(after.departments[1]?.red).toBe(1)
  })

  it('puts the newest card first; a revoked one is news again', () => {
    const start = foldSnapshot(board({ cards: [card(1), card(2, { issued_at: '2026-11-23T02:00:00Z' })] }))
    expect(start.cards.map((row) => row.card_id)).toEqual([2, 1])
    const revoked = card(1, { state: 'revoked', revoked_at: '2026-11-23T02:30:00Z', revoke_reason: 'correction' })
    const after = foldDelta(start, { type: 'delta', seq: 2, as_of: AS_OF, cards: [revoked] })
    expect(after.cards.map((row) => row.card_id)).toEqual([1, 2])
    expect(after.cards[0]?.state).toBe('revoked')
  })

  it('keeps no more cards than a snapshot has', () => {
    const many = Array.from({ length: CARDS_KEPT }, (_, id) => card(id))
    const after = foldDelta(foldSnapshot(board({ cards: many })), { type: 'delta', seq: 2, as_of: AS_OF, cards: [card(99)] })
    expect(after.cards).toHaveLength(CARDS_KEPT)
    expect(after.cards[0]?.card_id).toBe(99)
  })

  it('moves the age of the data with its sources: the oldest of those that speak', () => {
    const sources = [
      source('S1', { complete_until: '2026-11-23T02:49:00Z' }),
      source('S2', { complete_until: '2026-11-23T02:48:00Z' }),
      source('S3', { state: 'silent', complete_until: '2026-11-22T02:00:00Z' }),
      source('S4', { state: 'unknown', complete_until: null }),
    ]
    expect(dataAsOf(sources)).toBe('2026-11-23T02:48:00Z')
    expect(foldDelta(board(), { type: 'delta', seq: 2, as_of: AS_OF, sources }).data_as_of).toBe('2026-11-23T02:48:00Z')
    expect(dataAsOf([])).toBeNull()
  })
})
