// Words for codes: known ones from the texts, unknown ones as they are, so that nothing disappears.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Name } from '../api/answers'
import { amountText } from '../words/numbers'
import { nameIn, type Language } from '../words/names'

export interface Words {
  /** With a `count` among the values its form is chosen, where a language has several. */
  t: (key: string, values?: Record<string, unknown>) => string
  /** `3 working days`; `unit` as the server names it. */
  limitWord(unit: string, amount: number): string
  language: ComputedRef<Language>
  name(name: Name | null | undefined): string
  /** `codeWord('statuses', 'decided')`; a code without a text stays itself. */
  codeWord(family: string, code: string | null | undefined): string
  clockWord(clock: string): string
  weekday(index: number): string
  weekdayShort(index: number): string
}

export function useWords(): Words {
  const { t, te, tm, locale } = useI18n()
  const language = computed(() => locale.value as Language)

  function texts(key: string, values?: Record<string, unknown>): string {
    if (!values) return t(key)
    return typeof values.count === 'number' ? t(key, values, values.count === 1 ? 1 : 2) : t(key, values)
  }

  function codeWord(family: string, code: string | null | undefined): string {
    if (!code) return ''
    const key = `${family}.${code}`
    return /^[a-z_]+$/.test(code) && te(key) ? t(key) : code
  }

  /** `promise`, `acceptance:2`, `step:审查`, `step:审查:2`, `suspension:1`, `source:…`. */
  function clockWord(clock: string): string {
    const parts = clock.split(':')
    const family = parts[0] ?? ''
    const last = parts.length > 1 ? parts[parts.length - 1] : undefined
    const ordinal = last !== undefined && /^\d+$/.test(last) ? last : null
    const inner = parts.slice(1, ordinal === null ? undefined : -1).join(':')
    const plain = family === 'step' ? t('clocks.step', { name: inner }) : codeWord('clocks', family)
    return ordinal === null || ordinal === '1' ? plain : t('clocks.numbered', { clock: plain, n: ordinal })
  }

  return {
    t: texts,
    limitWord: (unit, amount) => texts(`units.limit.${unit}`, { n: amountText(amount), count: amount }),
    language,
    name: (name) => nameIn(name, language.value),
    codeWord,
    clockWord,
    weekday: (index) => (tm('days.weekdays') as string[])[index] ?? '',
    weekdayShort: (index) => (tm('days.weekdaysShort') as string[])[index] ?? '',
  }
}
