// The two languages; a missing text is an error that shows, never a silent key.
import { createI18n } from 'vue-i18n'
import type { Language } from '../words/names'
import { en } from './en'
import { zh, type Messages } from './zh'

export function createTexts(language: Language) {
  return createI18n<[Messages], Language, false>({
    legacy: false,
    locale: language,
    messages: { zh, en },
    missing(locale, key) {
      throw new Error(`text ${key} is missing in ${locale}`)
    },
  })
}

export type Texts = ReturnType<typeof createTexts>
