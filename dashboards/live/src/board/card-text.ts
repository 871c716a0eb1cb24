// What a card says in one line.
import type { CardNotice } from '../api/answers'
import type { Words } from '../i18n/words'
import { localDay, timeText } from '../words/instants'
import type { Mark } from '../words/lights'

export function cardMark(card: CardNotice): Mark {
  return card.state === 'revoked' ? 'none' : card.level
}

/** 17:00 on the day of case time, else 11-24 (with the year where it is another). */
export function dueText(dueAt: string, zone: string, today: string): string {
  const day = localDay(dueAt, zone)
  if (day === today) return timeText(dueAt, zone, false)
  return day.slice(0, 4) === today.slice(0, 4) ? day.slice(5) : day
}

/** Why a card came otherwise than at its moment: worth a word beside it. */
export function cardRemark(card: CardNotice, words: Words): string {
  const isPlain = card.state === 'revoked' || card.reason === 'due'
  return isPlain ? '' : words.codeWord('reasons', card.reason)
}

/** Why a revoked card was taken back; nothing for any other. */
export function revokedText(card: CardNotice, words: Words): string {
  return card.state === 'revoked' ? words.t('cards.revoked', { reason: words.codeWord('reasons', card.revoke_reason) }) : ''
}

/** What a card says where there is one line for it: its clock, or why it was revoked. `today` is YYYY-MM-DD. */
export function cardText(card: CardNotice, words: Words, zone: string, today: string): string {
  return revokedText(card, words) || clockText(card, words, zone, today)
}

/** Which limit, and when it was or will be due. */
export function clockText(card: CardNotice, words: Words, zone: string, today: string): string {
  const { t, clockWord } = words
  const clock = clockWord(card.clock)
  const stem = card.level === 'reminder' ? 'cards.willBeDue' : 'cards.breached'
  if (!card.due_at) return t(`${stem}Plain`, { clock })
  return t(stem, { clock, due: dueText(card.due_at, zone, today) })
}
