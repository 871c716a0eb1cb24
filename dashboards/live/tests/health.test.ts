import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import type { Board } from '../src/api/answers'
import { createTexts } from '../src/i18n'
import { BOARD } from '../src/live/board'
import { useHealth } from '../src/shell/health'
import type { Language } from '../src/words/names'
import { board, source } from './scene'

const Shown = defineComponent(() => {
  const { mark, sources, dataAsOf, lostLine } = useHealth()
  return () => h('p', [mark.value, sources.value, dataAsOf.value, lostLine.value].join(' | '))
})

function said(change: Partial<Board>, language: Language = 'zh'): string {
  const known = board(change)
  const provide = { [BOARD as symbol]: { board: ref(known), hall: ref(known.hall) } }
  return mount(Shown, { global: { plugins: [createTexts(language)], provide } }).text()
}

describe('before any heartbeat', () => {
  const states = (...all: ('current' | 'silent' | 'unconfirmed' | 'unknown')[]) =>
    all.map((state, number) => source(`S${number}`, { state, complete_until: null }))

  it('what has come is called unconfirmed, and nobody is told that nothing was received', () => {
    const here = { sources: states('unconfirmed', 'unknown'), data_as_of: null }
    expect(said(here)).toContain('unknown | 0/2 来源正常 · 未确认 1 | 数据完整性未确认（尚无心跳）')
    expect(said(here, 'en')).toContain('1 unconfirmed | Completeness not confirmed: no heartbeat yet')
    expect(said(here)).not.toContain('尚未收到数据')
  })

  it('a hall that was sent nothing is told so', () => {
    expect(said({ sources: states('unknown'), data_as_of: null })).toContain('未报送 1 | 尚未收到数据 | 连接中断 · 尚未收到数据')
  })

  it('one that is not confirmed keeps the hall from being called well, and none from being called silent', () => {
    expect(said({ sources: states('current', 'unconfirmed') })).toMatch(/^unknown \| 1\/2 来源正常 · 未确认 1 \| 数据截至/)
    expect(said({ sources: states('silent', 'unconfirmed') })).toMatch(/^yellow \| 0\/2 来源正常 · 失联 1/)
    expect(said({ sources: states('current') })).toMatch(/^green/)
  })

  it('an archive is not counted: it says nothing of today', () => {
    const archive = source('LOG', { archive: true, complete_until: null })
    expect(said({ sources: [...states('unknown'), archive], data_as_of: null })).toContain('unknown | 0/1 来源正常 · 未报送 1')
    expect(said({ sources: [archive], data_as_of: null })).toContain('unknown | 仅历史档案，无实时来源')
  })
})
