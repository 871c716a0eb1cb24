import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BLINDNESS, contrast, distance } from './colour'

const css = readFileSync(join(import.meta.dirname, '..', 'src', 'design', 'palette.css'), 'utf8')

function palette(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(selector)).split('}')[0] ?? ''
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name ?? '', value ?? '']))
}

const themes = { light: palette(':root {'), dark: palette(":root[data-theme='dark']") }
const LIGHTS = ['green', 'reminder', 'yellow', 'red', 'standing', 'unknown']
const GROUNDS = ['ground', 'panel']
const NEED_TEXT = 4.5
const NEED_SHAPE = 3
/** Shapes and words carry the light too; colours must still not be the same. */
const NEED_APART = 10

describe.each(Object.entries(themes))('the %s palette', (_theme, colours) => {
  const colour = (name: string) => {
    const value = colours.get(name)
    if (!value) throw new Error(`palette.css has no --${name}`)
    return value
  }

  it('has the same names as the other', () => {
    expect([...themes.dark.keys()]).toEqual([...themes.light.keys()])
  })

  it.each(GROUNDS)('has text that can be read on its %s', (ground) => {
    for (const name of ['text', 'muted', 'accent', 'today', 'warning', ...LIGHTS.map((light) => `${light}-text`)]) {
      const measured = contrast(colour(name), colour(ground))
      expect(measured, `--${name} on --${ground}: ${measured.toFixed(2)}`).toBeGreaterThanOrEqual(NEED_TEXT)
    }
  })

  it.each(GROUNDS)('has shapes that can be seen on its %s', (ground) => {
    for (const light of LIGHTS) {
      const measured = contrast(colour(light), colour(ground))
      expect(measured, `--${light} on --${ground}: ${measured.toFixed(2)}`).toBeGreaterThanOrEqual(NEED_SHAPE)
    }
  })

  it('can be read on the tinted tiles, the warning, the rest days and the clocks', () => {
    const pairs: [string, string, number][] = [
      ['text', 'yellow-ground', NEED_TEXT],
      ['yellow-text', 'yellow-ground', NEED_TEXT],
      ['yellow', 'yellow-ground', NEED_SHAPE],
      ['text', 'red-ground', NEED_TEXT],
      ['red-text', 'red-ground', NEED_TEXT],
      ['red', 'red-ground', NEED_SHAPE],
      ['warning', 'warning-ground', NEED_TEXT],
      ['text', 'warning-ground', NEED_TEXT],
      ['text', 'rest-day', NEED_TEXT],
      ['muted', 'rest-day', NEED_TEXT],
      ['on-clock', 'promise', NEED_TEXT],
      ['on-clock', 'statutory', NEED_TEXT],
      ['on-clock', 'other-clock', NEED_TEXT],
    ]
    for (const [front, back, need] of pairs) {
      const measured = contrast(colour(front), colour(back))
      expect(measured, `--${front} on --${back}: ${measured.toFixed(2)}`).toBeGreaterThanOrEqual(need)
    }
  })

  it.each([undefined, ...Object.keys(BLINDNESS)])('keeps the four lights apart for an eye with %s', (kind) => {
    const lights = ['green', 'reminder', 'yellow', 'red']
    for (const [index, one] of lights.entries()) {
      for (const other of lights.slice(index + 1)) {
        const measured = distance(colour(one), colour(other), kind)
        expect(measured, `${one} and ${other}: ${measured.toFixed(1)}`).toBeGreaterThanOrEqual(NEED_APART)
      }
    }
  })
})
