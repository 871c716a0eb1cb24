import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createTexts } from '../src/i18n'
import { en } from '../src/i18n/en'
import { zh } from '../src/i18n/zh'

const SOURCE = join(import.meta.dirname, '..', 'src')

function flatten(node: unknown, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  if (typeof node === 'string') return found.set(path, node)
  for (const [key, value] of Object.entries(node as object)) {
    for (const [inner, text] of flatten(value, path ? `${path}.${key}` : key)) found.set(inner, text)
  }
  return found
}

function sourceFiles(folder = SOURCE): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourceFiles(path)
    return /\.(ts|vue|css)$/.test(entry.name) ? [path] : []
  })
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe('texts', () => {
  const chinese = flatten(zh)
  const english = flatten(en)

  it('are the same in both languages, none empty', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
    expect([...chinese, ...english].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it('have the same places for values', () => {
    for (const [key, text] of chinese) expect([key, placeholders(english.get(key) ?? '')]).toEqual([key, placeholders(text)])
  })

  it('has no Chinese left in English, but the name of the other language', () => {
    const left = [...english].filter(([key, text]) => /[\u4e00-\u9fff]/.test(text) && !key.startsWith('switches.'))
    expect(left).toEqual([])
  })

  it('exist for every key that the pages name', () => {
    const missing: string[] = []
    for (const file of sourceFiles()) {
      for (const [, key] of readFileSync(file, 'utf8').matchAll(/\bt\(\s*'([a-zA-Z_.]+)'/g)) {
        if (key && !chinese.has(key)) missing.push(`${file}: ${key}`)
      }
    }
    expect(missing).toEqual([])
  })

  it('that are missing are an error, not a silent key', () => {
    const texts = createTexts('en')
    expect(() => texts.global.t('no.such.text')).toThrow('no.such.text')
  })
})

describe('the source', () => {
  it('has no file beyond 300 lines, the generated one aside', () => {
    const long = sourceFiles()
      .filter((file) => !file.endsWith('schema.ts'))
      .map((file) => [file, readFileSync(file, 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > 300)
    expect(long).toEqual([])
  })
})
