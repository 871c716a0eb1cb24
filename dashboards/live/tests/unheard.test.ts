import { expect, test } from 'vitest'

import { isUnheard } from '../src/board/unheard'
import { board, card, source, tile } from './scene'

const silent = { sources: [source('S1', { state: 'unknown' })], cards: [] }

test('a hall that was never sent anything is told how to begin', () => {
  expect(isUnheard(board({ ...silent, departments: [tile('A', 0, { open: 0 })] }))).toBe(true)
})

test('a hall with cases lists what fails, though no source sends heartbeats', () => {
  expect(isUnheard(board({ ...silent, departments: [tile('A', 0, { open: 3 })] }))).toBe(false)
  expect(isUnheard(board({ ...silent, departments: [tile('A', 0, { open: 0 })], cards: [card(1)] }))).toBe(false)
})
