import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import { createRouter, createMemoryHistory } from 'vue-router'
import NoticeList from '../src/board/NoticeList.vue'
import { foldDelta } from '../src/live/fold'
import { en } from '../src/i18n/en'
import { zh } from '../src/i18n/zh'
import type { Board } from '../src/api/answers'
import { board, feedCard, outage } from './scene'

function show(shown: Board, locale: 'zh' | 'en', most = 3) {
  const i18n = createI18n({ legacy: false, locale, messages: { zh, en } })
  const page = { template: '<div />' }
  const routes = [
    { path: '/', component: page },
    { path: '/cards', name: 'cards', component: page },
  ]
  const router = createRouter({ history: createMemoryHistory(), routes })
  return mount(NoticeList, { props: { board: shown, most }, global: { plugins: [i18n, router] } })
}

describe('what makes the picture doubtful', () => {
  it('is not there on a plain day', () => {
    expect(show(board(), 'zh').find('.notices').exists()).toBe(false)
  })

  it.each([
    ['zh', '规划系统 失联', '数据截至 09:40 · 暂缓发牌 4 张'],
    ['en', 'Planning system is silent', 'data as of 09:40 · cards held: 4'],
  ] as const)('names a silent source and what it holds (%s)', (locale, title, detail) => {
    const shown = show(board({ feed_cards: [feedCard()] }), locale)
    expect(shown.find('.title').text()).toBe(title)
    expect(shown.find('.detail').text()).toBe(detail)
  })

  it.each([
    ['zh', '规划系统 失联超过 1 个工作日', '数据截至 09:40 · 照常发牌，按最后已知数据'],
    ['en', 'Planning system silent for over a working day', 'data as of 09:40 · cards by last known data'],
  ] as const)('says that unplugging is no escape (%s)', (locale, title, detail) => {
    const shown = show(board({ feed_cards: [feedCard({ state: 'silent_a_day', cards_held: 0 })] }), locale)
    expect([shown.find('.title').text(), shown.find('.detail').text()]).toEqual([title, detail])
  })

  it.each([
    ['zh', '监察中断 11-22 16:00 至 09:30', '期间到期 37 张牌 · 监察服务未运行'],
    ['en', 'Blind from 11-22 16:00 to 09:30', 'cards that fell due: 37 · the service was not running'],
  ] as const)('tells an outage once, and leads to its cards (%s)', (locale, title, detail) => {
    const shown = show(board({ outages: [outage()] }), locale)
    expect([shown.find('.title').text(), shown.find('.detail').text()]).toEqual([title, detail])
    const link = decodeURIComponent(shown.find('a').attributes('href') ?? '')
    expect(link).toBe(
      '/cards?reason=due_while_blind&expected_after=2026-11-22T08:00:00Z&expected_until=2026-11-23T01:30:00Z',
    )
  })

  it('says what waits for sources, and nothing of sums to who sees a part of the hall', () => {
    const waiting = show(board({ outages: [outage({ cards_held: 5, reason: 'database_lost' })] }), 'en')
    expect(waiting.find('.detail').text()).toContain('waiting for sources: 5 · the database was lost')
    const part = show(board({ outages: [outage({ cards_due: null, cards_held: null })] }), 'zh')
    expect(part.find('.detail').text()).toBe('中断期间到期的牌已按实际时间补发 · 监察服务未运行')
  })

  it('no longer shows an outage of a day ago', () => {
    const old = outage({ blind_until: '2026-11-22T02:42:00Z', blind_from: '2026-11-21T02:00:00Z' })
    expect(show(board({ outages: [old] }), 'zh').find('.notice').exists()).toBe(false)
  })

  it('puts warnings first, and counts what finds no room', () => {
    const text = { zh: '没有任何工作时间', en: 'no working time' }
    const warnings = [{ code: 'no_working_time' as const, text, detail: '', since: '2026-11-23T01:00:00Z' }]
    const silent = [1, 2, 3].map((id) => feedCard({ feed_card_id: id, data_as_of: `2026-11-23T01:0${4 - id}:00Z` }))
    const shown = show(board({ warnings, outages: [outage()], feed_cards: silent }), 'zh')
    expect(shown.findAll('.notice').map((notice) => notice.attributes('data-notice'))).toEqual(['warning', 'outage', 'silent'])
    expect(shown.find('.detail').exists()).toBe(true)
    expect(shown.findAll('.notice')[2]?.text()).toContain('09:01')
    expect(shown.find('.more').text()).toBe('另有 2 个来源失联')
  })

  it('goes when the source speaks again: a delta replaces the whole part', () => {
    const silent = board({ feed_cards: [feedCard()], outages: [outage()] })
    const next = foldDelta(silent, { type: 'delta', seq: 2, as_of: silent.as_of, feed_cards: [] })
    expect([next.feed_cards, next.outages.length]).toEqual([[], 1])
  })
})
