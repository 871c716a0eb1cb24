import { describe, expect, it } from 'vitest'
import { caseNow, clockOffset, showsSeconds } from '../src/live/case-time'
import { caseTime } from './scene'

const told = caseTime({
  case_anchor: '2026-02-02T01:00:00Z',
  real_anchor: '2026-11-23T02:00:00Z',
  rate: 480,
  server_now: '2026-11-23T02:00:10Z',
})

describe('case time', () => {
  it('runs at its rate from its anchor', () => {
    const serverNow = Date.parse('2026-11-23T02:01:00Z')
    expect(new Date(caseNow(told, 0, serverNow)).toISOString()).toBe('2026-02-02T09:00:00.000Z')
  })

  it('is the same on a machine whose clock is an hour ahead', () => {
    const received = Date.parse('2026-11-23T03:00:10Z')
    const offset = clockOffset(told, received)
    expect(offset).toBe(-3_600_000)
    const right = caseNow(told, 0, Date.parse('2026-11-23T02:00:10Z'))
    expect(caseNow(told, offset, received)).toBe(right)
  })

  it('shows seconds only while they can be read', () => {
    expect(showsSeconds(1)).toBe(true)
    expect(showsSeconds(480)).toBe(false)
  })
})
