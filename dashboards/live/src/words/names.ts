// Which of a name's two languages to show, and short forms where a wall has no room.
import type { Name } from '../api/answers'

export type Language = 'zh' | 'en'

export function nameIn(name: Name | null | undefined, language: Language): string {
  if (!name) return ''
  return (language === 'zh' ? name.zh : name.en) || name.zh || name.en
}

const OFFICES = /\s+(Bureau|Commission|Administration|Department|Office)$/
const MUNICIPAL = /^Municipal\s+/

/** Where an English word may break: before a consonant that begins a syllable, three letters from either end. */
export function softHyphens(text: string): string {
  return text.replace(/[A-Za-z]{10,}/g, (word) =>
    word.replace(/(?<=^.{2,}[aeiouy])(?=[^aeiouy][aeiouy].{2,})|(?<=^.{2,}[aeiouy][^aeiouy])(?=[^aeiouyh][aeiouy].{1,})/gi, '\u00AD'),
  )
}

/** A department's name on a tile: `Municipal Audit Bureau` → `Audit`. The full name is its title. */
export function tileName(name: Name, language: Language): string {
  const full = nameIn(name, language)
  if (language === 'zh') return full
  const short = full.replace(MUNICIPAL, '').replace(OFFICES, '').replace(/\s+and\s+/g, ' & ')
  return short.length > 0 ? short : full
}
