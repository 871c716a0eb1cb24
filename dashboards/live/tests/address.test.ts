import { beforeEach, describe, expect, it } from 'vitest'
import { ref } from 'vue'
import { createMemoryHistory, type Router } from 'vue-router'
import { figureCases } from '../src/address/figure-link'
import { changeFilters, pickFilters } from '../src/address/filters'
import { createPreferences, type Preferences } from '../src/address/preferences'
import { caseAddress, casesAddress, liveAddress } from '../src/api/addresses'
import { CASE_FILTERS, caseParameters } from '../src/cases/list'
import { lastMonth, thisMonth, thisYear } from '../src/figures/periods'
import { createTexts } from '../src/i18n'
import { createPages } from '../src/router'
import { figure } from './scene'

describe('language and theme', () => {
  let memory: Map<string, string>
  let router: Router
  let preferences: Preferences
  const wall = ref(false)
  const dark = ref(false)

  beforeEach(() => {
    memory = new Map()
    router = createPages(createMemoryHistory())
    const storage = { getItem: (key: string) => memory.get(key) ?? null, setItem: (key: string, value: string) => void memory.set(key, value) }
    wall.value = dark.value = false
    preferences = createPreferences(router, storage, createTexts('zh'), { wall, dark })
  })

  it('are Chinese and what the system prefers until somebody chooses, the same on every page of a desk', async () => {
    for (const page of ['/', '/figures']) {
      await router.push(page)
      expect(preferences.language.value).toBe('zh')
      dark.value = false
      expect(preferences.theme.value).toBe('light')
      dark.value = true
      expect(preferences.theme.value).toBe('dark')
      expect(router.currentRoute.value.fullPath).toBe(page)
    }
  })

  it('leave the board on a wall dark', async () => {
    wall.value = true
    dark.value = false
    await router.push('/')
    expect(preferences.theme.value).toBe('dark')
    await router.push('/figures')
    expect(preferences.theme.value).toBe('light')
  })

  it('come from the address, are remembered, and travel with every link', async () => {
    await router.push('/?lang=en&theme=light')
    expect(preferences.language.value).toBe('en')
    expect(memory.get('lang')).toBe('en')
    await router.push('/cases?light=red')
    expect(router.currentRoute.value.query).toEqual({ light: 'red', lang: 'en', theme: 'light' })
    expect(document.documentElement.dataset.theme).toBe('light')
  })

  it('ignores what is neither', async () => {
    await router.push('/?lang=fr&theme=pink')
    expect(preferences.language.value).toBe('zh')
    expect(memory.size).toBe(0)
  })
})

describe('filters', () => {
  it('are read from the address, each once', () => {
    expect(pickFilters({ light: ['red', 'green'], q: null }, ['light', 'q', 'item'])).toEqual({ light: 'red', q: '', item: '' })
  })

  it('go back to the first rows when they change', () => {
    expect(changeFilters({ light: 'red', cursor: 'x', lang: 'en' }, { light: '', q: '7' })).toEqual({ q: '7', lang: 'en' })
    expect(changeFilters({ light: 'red' }, { cursor: 'y' })).toEqual({ light: 'red', cursor: 'y' })
  })

  it('ask for what fails first and for a window of rows', () => {
    const none = pickFilters({}, CASE_FILTERS)
    expect(casesAddress(caseParameters(none))).toBe('/api/v1/cases?sort=failing&limit=50')
  })
})

describe('what is asked for', () => {
  const asked = (query: Record<string, string>) => casesAddress(caseParameters(pickFilters(query, CASE_FILTERS)))

  it('is yellow and red together where it is overdue', () => {
    expect(asked({ light: 'overdue' })).toBe('/api/v1/cases?light=yellow&light=red&sort=failing&limit=50')
  })

  it('has no order of ours where it is a day', () => {
    expect(asked({ decided_on: '2026-11-23', sort: 'failing' })).toBe('/api/v1/cases?decided_on=2026-11-23&limit=50')
  })
})

describe('a figure leads to its cases', () => {
  it('by the address that the server names', () => {
    const query = figureCases(figure(), 'numerator')
    expect(query).toEqual({ figure: 'speedup_actual', from: '2026-11-01', to: '2026-12-01', part: 'numerator' })
    const values = pickFilters(query as Record<string, string>, CASE_FILTERS)
    expect(casesAddress(caseParameters(values))).toBe(
      '/api/v1/figures/speedup_actual/cases?from=2026-11-01&to=2026-12-01&part=numerator&limit=50',
    )
  })

  it('also where the list of cases itself is named', () => {
    const query = figureCases(figure({ cases_url: '/api/v1/cases?figure=on_time_rate&department=A' }), 'denominator')
    expect(query).toEqual({ figure: 'on_time_rate', department: 'A', part: 'denominator' })
  })

  it('has none where the figure counts no cases', () => {
    expect(figureCases(figure({ cases_url: null }), 'numerator')).toBeNull()
  })
})

describe('addresses', () => {
  it('hold case numbers of any shape', () => {
    expect(caseAddress('hall 1', '浙A/17?#')).toBe(`/api/v1/cases/hall%201/${encodeURIComponent('浙A/17?#')}`)
    const router = createPages(createMemoryHistory())
    const link = router.resolve({ name: 'case', params: { source: 'hall 1', caseNo: '浙A/17?#' } })
    expect(router.resolve(link.href).params).toEqual({ source: 'hall 1', caseNo: '浙A/17?#' })
  })

  it('of the live channel is secure where the page is', () => {
    expect(liveAddress({ protocol: 'https:', host: 'hall:8443' })).toBe('wss://hall:8443/ws')
    expect(liveAddress({ protocol: 'http:', host: '127.0.0.1:1' })).toBe('ws://127.0.0.1:1/ws')
  })
})

describe('periods', () => {
  it('are months and years of local days, the end excluded', () => {
    expect(thisMonth('2026-12-31')).toEqual({ from: '2026-12-01', to: '2027-01-01' })
    expect(lastMonth('2026-01-15')).toEqual({ from: '2025-12-01', to: '2026-01-01' })
    expect(thisYear('2026-05-05')).toEqual({ from: '2026-01-01', to: '2027-01-01' })
  })
})
