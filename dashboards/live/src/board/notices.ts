// What makes the picture doubtful, in words: warnings, our own outages, sources that say nothing.
import type { Board, FeedCard, Outage } from '../api/answers'
import type { Words } from '../i18n/words'
import { localDay, momentText, timeText } from '../words/instants'

export interface Notice {
  key: string
  kind: 'warning' | 'outage' | 'silent'
  title: string
  detail: string
  /** Where the list of its cards is; null where it has none. */
  cards: { reason: string; expected_after: string; expected_until: string } | null
}

/** An outage is shown for a day of case time. */
const SHOWN_MS = 24 * 3600 * 1000

/** Warnings first, then outages, then silent sources, the longest silent first. */
export function noticesOf(board: Board, words: Words): Notice[] {
  const { name } = words
  const warnings = board.warnings.map(
    (warning): Notice => ({ key: warning.code, kind: 'warning', title: name(warning.text), detail: '', cards: null }),
  )
  const recent = board.outages.filter(
    (outage) => Date.parse(board.as_of) - Date.parse(outage.blind_until) < SHOWN_MS,
  )
  const silent = [...board.feed_cards].sort((one, other) => Date.parse(one.data_as_of) - Date.parse(other.data_as_of))
  return [
    ...warnings,
    ...recent.map((outage) => noticeOfOutage(outage, board, words)),
    ...silent.map((card) => noticeOfSource(card, board, words)),
  ]
}

function noticeOfOutage(outage: Outage, board: Board, { t }: Words): Notice {
  const { cards_due: due, cards_held: held } = outage
  const counted =
    due === null
      ? t('notices.blindPlain')
      : held
        ? t('notices.blindHeld', { n: due, held })
        : t('notices.blindDetail', { n: due })
  return {
    key: `outage ${outage.outage_id}`,
    kind: 'outage',
    title: t('notices.blind', { from: shortMoment(outage.blind_from, board), until: shortMoment(outage.blind_until, board) }),
    detail: `${counted} · ${t(`notices.reasons.${outage.reason}`)}`,
    cards: { reason: 'due_while_blind', expected_after: outage.blind_from, expected_until: outage.blind_until },
  }
}

function noticeOfSource(card: FeedCard, board: Board, { t, name }: Words): Notice {
  const stem = card.state === 'silent_a_day' ? 'notices.silentDay' : 'notices.silent'
  const moment = shortMoment(card.data_as_of, board)
  return {
    key: `source ${card.feed_card_id}`,
    kind: 'silent',
    title: t(stem, { source: name(card.source_name) || card.source }),
    detail: t(`${stem}Detail`, { moment, n: card.cards_held ?? 0 }),
    cards: null,
  }
}

/** The time of day; with the date where it is not the day of case time. */
function shortMoment(at: string, board: Board): string {
  const { zone } = board.hall
  const today = localDay(board.as_of, zone)
  return localDay(at, zone) === today ? timeText(at, zone, false) : momentText(at, zone, today.slice(0, 4))
}
