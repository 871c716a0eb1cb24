import { describe, expect, it } from 'vitest'
import { deskColumns, gridShape, tileShares } from '../src/board/tiles'
import { tile } from './scene'

describe('the grid of tiles', () => {
  it('is nine by four for the 36 departments of the hall', () => {
    expect(gridShape(36)).toEqual({ columns: 9, rows: 4 })
    expect(deskColumns(36)).toBe(6)
  })

  it('has a place for everybody, however many there are', () => {
    for (let count = 1; count <= 120; count += 1) {
      const { columns, rows } = gridShape(count)
      expect(columns * rows).toBeGreaterThanOrEqual(count)
      expect(columns * (rows - 1)).toBeLessThan(count)
    }
    expect(gridShape(0)).toEqual({ columns: 1, rows: 1 })
  })
})

describe('how the open cases of a tile divide', () => {
  it('adds up to its open cases', () => {
    const shares = tileShares(tile('A', 0, { open: 20, red: 1, yellow: 2, reminder: 3, standing: 4 }))
    expect(shares.map((share) => share.kind)).toEqual(['red', 'yellow', 'reminder', 'standing', 'green'])
    expect(shares.reduce((sum, share) => sum + share.count, 0)).toBe(20)
  })

  it('leaves out what there is none of', () => {
    expect(tileShares(tile('A', 0, { open: 0 }))).toEqual([])
  })
})
