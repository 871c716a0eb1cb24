import { expect, it } from 'vitest'
import { articleText, detailText } from '../src/case/detail-text'
import type { Words } from '../src/i18n/words'

const words = {
  t: (key: string, values?: Record<string, unknown>) => (values ? `${key} ${Object.values(values).join()}` : key),
  clockWord: (clock: string) => `<${clock}>`,
  codeWord: (family: string, code: string) => `${family}.${code}`,
} as unknown as Words

it.each([
  ['no_notice', 'details.no_notice'],
  ['step:审查 breached', '<step:审查> clockStates.breached'],
  ['repeated_accepted', 'details.repeated kinds.accepted'],
  ['3 requests', 'details.requests 3'],
  ['was e17', 'details.was e17'],
])('says the finding %s in words', (detail, said) => {
  expect(detailText(detail, words)).toBe(said)
})

it('names the law in the language of the page', () => {
  expect(articleText('行政许可法第42条', 'en')).toBe('Licensing Law art. 42')
  expect(articleText('行政许可法第42条', 'zh')).toBe('行政许可法第42条')
  expect(articleText('某条例第3条', 'en')).toBe('某条例第3条')
})
