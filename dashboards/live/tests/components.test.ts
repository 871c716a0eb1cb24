import { mount } from '@vue/test-utils'
import type { Component } from 'vue'
import { describe, expect, it } from 'vitest'
import { createMemoryHistory } from 'vue-router'
import { createPreferences, PREFERENCES } from '../src/address/preferences'
import { Refused } from '../src/api/http'
import DepartmentTile from '../src/board/DepartmentTile.vue'
import KeyFigures from '../src/board/KeyFigures.vue'
import FigurePanel from '../src/figures/FigurePanel.vue'
import { createTexts } from '../src/i18n'
import LightMark from '../src/lights/LightMark.vue'
import { BOARD, createBoardStore } from '../src/live/board'
import { createPages } from '../src/router'
import ProblemNote from '../src/shell/ProblemNote.vue'
import type { Language } from '../src/words/names'
import { FakeNetwork } from './fake-stream'
import { figure, numbers, tile, ZONE } from './scene'

const TODAY = '2026-11-23'

function show(component: Component, props: Record<string, unknown>, language: Language = 'zh') {
  const texts = createTexts(language)
  const router = createPages(createMemoryHistory())
  const memory = { getItem: () => language, setItem: () => undefined }
  const preferences = createPreferences(router, memory, texts)
  return mount(component, {
    props,
    global: {
      plugins: [texts, router],
      provide: {
        [PREFERENCES as symbol]: preferences,
        [BOARD as symbol]: createBoardStore('ws://hall/ws', new FakeNetwork().open),
      },
    },
  })
}

describe('a figure', () => {
  it('with an empty population says so, and never 0 %', () => {
    const empty = figure({ value: null, numerator: null, denominator: null, n: 0 })
    const text = show(FigurePanel, { figure: empty }).text()
    expect(text).toContain('—')
    expect(text).toContain('无数据')
    expect(text).not.toContain('%')
  })

  it('shows what it rests on and leads to both its lists', () => {
    const change = { earlier_value: 0.4, earlier_label: { zh: '改革前', en: 'before' }, change_points: 30 }
    const panel = show(FigurePanel, { figure: figure(change) }, 'en')
    expect(panel.text()).toContain('70.0%')
    expect(panel.text()).toContain('+30.0 percentage points')
    expect(panel.text()).toContain('30 ÷ 100')
    expect(panel.text()).toContain('n=12')
    expect(panel.findAll('a').map((link) => new URL(link.attributes('href') ?? '', 'http://x').searchParams.get('part'))).toEqual([
      'numerator',
      'denominator',
    ])
  })

  it('that counts no cases leads to the items or departments it counts', () => {
    const links = show(FigurePanel, { figure: figure({ id: 'item_presence', cases_url: null }) }).findAll('a')
    expect(links.map((link) => link.attributes('href')?.split('?')[0])).toEqual(Array(2).fill('/figures/item_presence/members'))
  })
})

describe('the six figures', () => {
  const departments = [tile('A', 0), tile('X', 1, { in_hall: false, open: 7 })]
  const value = (wrapper: ReturnType<typeof show>, id: string) => wrapper.get(`[data-figure="${id}"]`).text()

  it('name what lies outside the hall, so that the sum of the tiles is right', () => {
    expect(value(show(KeyFigures, { today: TODAY, numbers: numbers({ open: 17 }), departments }), 'open')).toContain('大厅外 7')
    expect(value(show(KeyFigures, { today: TODAY, numbers: numbers(), departments: [tile('A', 0)] }), 'open')).not.toContain('大厅外')
  })

  it('lead to the cases they count', () => {
    const shown = show(KeyFigures, { today: TODAY, numbers: numbers({ red_open: 3, yellow_open: 9 }), departments })
    const link = (id: string) => shown.get(`[data-figure="${id}"]`).attributes('href')
    expect(link('accepted_today')).toBe('/cases?accepted_on=2026-11-23')
    expect(link('decided_today')).toBe('/cases?decided_on=2026-11-23')
    expect(link('due_today')).toBe('/cases?due_on=2026-11-23')
    expect(link('overdue_open')).toBe('/cases?light=overdue')
  })

  it('have no share of early decisions on a day without decisions', () => {
    const text = value(show(KeyFigures, { today: TODAY, numbers: numbers({ decided_today: 0, early_today: 0 }), departments }), 'decided_today')
    expect(text).toContain('—')
    expect(text).not.toContain('%')
  })

  it('do not call it good news when no source speaks', () => {
    const silent = [tile('A', 0, { light: 'unknown' })]
    const shown = show(KeyFigures, { today: TODAY, numbers: numbers({ red_open: 0, yellow_open: 0, overdue_open: 0 }), departments: silent })
    expect(shown.get('[data-figure="overdue_open"] .value svg').classes()).toContain('is-unknown')
  })

  it('colour the sum of yellow and red without the shape of either', () => {
    const shown = show(KeyFigures, { numbers: numbers({ red_open: 3, yellow_open: 13, overdue_open: 16 }), departments })
    expect(shown.get('[data-figure="overdue_open"] .value').classes()).toContain('red')
    expect(shown.find('[data-figure="overdue_open"] .value svg').exists()).toBe(false)
    expect(shown.findAll('[data-figure="overdue_open"] .note svg')).toHaveLength(2)
  })
})

describe('a light', () => {
  it.each(['green', 'reminder', 'yellow', 'red', 'standing', 'unknown'] as const)('%s is a word and a shape', (mark) => {
    const shown = show(LightMark, { mark })
    expect(shown.text().length).toBeGreaterThan(1)
    expect(shown.get('svg').classes()).toContain(`is-${mark}`)
    expect(shown.get('svg').element.children.length).toBeGreaterThan(0)
  })

  it('of a tile stands there in words too', () => {
    const failing = tile('A', 0, { light: 'red', red: 2 })
    const shown = show(DepartmentTile, { tile: failing, zone: ZONE, asOf: '2026-11-23T02:42:07Z' })
    expect(shown.text()).toContain('红牌')
    expect(shown.attributes('aria-label')).toContain('红牌 2')
  })

  it('known to be red stays red while its source is silent, and says since when nothing else is known', () => {
    const silent = tile('A', 0, { light: 'red', red: 2, silent: true, data_as_of: '2026-11-23T01:55:00Z' })
    const shown = show(DepartmentTile, { tile: silent, zone: ZONE, asOf: '2026-11-23T02:42:07Z' })
    expect(shown.classes()).toEqual(expect.arrayContaining(['red', 'silent']))
    expect(shown.get('.until').text()).toBe('09:55')
    expect(shown.find('.bar').exists()).toBe(false)
  })

  it('unknown gives the place of its word to since when', () => {
    const silent = tile('A', 0, { light: 'unknown', silent: true, data_as_of: '2026-11-22T01:55:00Z' })
    const shown = show(DepartmentTile, { tile: silent, zone: ZONE, asOf: '2026-11-23T02:42:07Z' })
    expect(shown.get('.foot').text()).toBe('截至 11-22')
    const never = show(DepartmentTile, { tile: { ...silent, data_as_of: null }, zone: ZONE, asOf: '2026-11-23T02:42:07Z' })
    expect(never.get('.word').text()).toBe('未知')
  })

  it('unknown says since when', () => {
    const silent = tile('A', 0, { light: 'unknown', silent: true, data_as_of: '2026-11-23T01:55:00Z' })
    const shown = show(DepartmentTile, { tile: silent, zone: ZONE, asOf: '2026-11-23T02:42:07Z' })
    expect(shown.attributes('title')).toContain('数据截至 09:55')
  })
})

describe('a problem', () => {
  it('shows the server’s own words and what still works', () => {
    const problem = { type: 'about:blank', title: '参数错误', status: 422, detail: 'light 只能是 red …', instance: null }
    const text = show(ProblemNote, { refused: new Refused(problem) }).text()
    expect(text).toContain('参数错误')
    expect(text).toContain('light 只能是 red')
    expect(text).toContain('已显示的内容保留')
  })

  it('says that the service is away, in the reader’s language', () => {
    const away = new Refused({ type: 'about:blank', title: '', status: 0, detail: '', instance: null })
    expect(show(ProblemNote, { refused: away }, 'en').text()).toContain('cannot be reached')
  })
})
