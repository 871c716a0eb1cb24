import { describe, expect, it } from 'vitest'
import { clockText, remainingText } from '../src/cases/remaining'
import type { Words } from '../src/i18n/words'
import { daysBetween, dayShare, localDay, momentText, moveDay, shortDay, timeText, weekdayOf } from '../src/words/instants'
import { markOfCase } from '../src/words/lights'
import { nameIn, softHyphens, tileName } from '../src/words/names'
import { amountText, NO_DATA, pointsText, roundHalfUp, shareOf, shareText } from '../src/words/numbers'
import { caseRow, ZONE } from './scene'

describe('moments are those of the hall, wherever the browser is', () => {
  it('reads UTC in the zone of the hall, across midnight', () => {
    expect(localDay('2026-11-22T16:30:00Z', ZONE)).toBe('2026-11-23')
    expect(timeText('2026-11-22T16:30:05Z', ZONE)).toBe('00:30:05')
    expect(momentText('2026-11-22T16:30:05Z', ZONE)).toBe('11-23 00:30')
  })

  it('follows summer time where there is some', () => {
    expect(timeText('2026-07-01T12:00:00Z', 'Europe/Amsterdam', false)).toBe('14:00')
    expect(timeText('2026-12-01T12:00:00Z', 'Europe/Amsterdam', false)).toBe('13:00')
  })

  it('says the year only where it is another one', () => {
    expect(momentText('2027-01-04T09:00:00Z', ZONE, '2026')).toBe('2027-01-04 17:00')
    expect(momentText('2026-12-31T09:00:00Z', ZONE, '2026')).toBe('12-31 17:00')
  })

  it('counts and names days without any zone', () => {
    expect(moveDay('2026-02-27', 3)).toBe('2026-03-02')
    expect(daysBetween('2026-10-24', '2026-10-27')).toBe(3)
    expect(weekdayOf('2026-11-23')).toBe(1)
    expect(shortDay('2026-09-01')).toBe('9/1')
    expect(dayShare('2026-11-23T04:00:00Z', ZONE)).toBe(0.5)
  })
})

describe('numbers', () => {
  it('rounds half up, as the metric contract says', () => {
    expect(roundHalfUp(0.125, 2)).toBe(0.13)
    expect(roundHalfUp(1.005, 2)).toBe(1.01)
    expect(roundHalfUp(-2.5, 0)).toBe(-3)
    expect(shareText(0.12345)).toBe('12.3%')
    expect(shareText(0.9235, 1)).toBe('92.4%')
  })

  it('has no value for an empty population, never 0 % or 100 %', () => {
    expect(shareOf(0, 0)).toBeNull()
    expect(shareText(null)).toBe(NO_DATA)
    expect(shareText(0)).toBe('0.0%')
  })

  it('gives changes in points with their sign', () => {
    expect(pointsText(30)).toBe('+30.0')
    expect(pointsText(-1.25)).toBe('−1.3')
    expect(pointsText(0.01)).toBe('±0.0')
  })

  it('writes amounts without needless decimals', () => {
    expect(amountText(10)).toBe('10')
    expect(amountText(1234.5)).toBe('1,234.5')
  })
})

describe('names', () => {
  it('shortens English names for a tile and leaves Chinese ones', () => {
    const name = { zh: '审计局', en: 'Municipal Audit Bureau' }
    expect(tileName(name, 'en')).toBe('Audit')
    expect(tileName(name, 'zh')).toBe('审计局')
    expect(tileName({ zh: '', en: 'Agriculture and Rural Affairs Bureau' }, 'en')).toBe('Agriculture & Rural Affairs')
    expect(nameIn({ zh: '审计局', en: '' }, 'en')).toBe('审计局')
  })

  it('lets only long words break', () => {
    expect(softHyphens('Resources')).toBe('Resources')
    expect(softHyphens('Development').replaceAll('\u00AD', '-')).toMatch(/^Dev?e?-?.*-ment$/)
    expect(softHyphens('Development').replaceAll('\u00AD', '')).toBe('Development')
  })
})

describe('what a case has left', () => {
  const words = { t: (key: string, values?: Record<string, unknown>) => `${key} ${JSON.stringify(values ?? {})}` } as Words
  const text = (change: Parameters<typeof caseRow>[0]) => remainingText(caseRow(change), words, ZONE, '2026-11-23')

  it('says how far a breached limit is past', () => {
    expect(text({ light: 'yellow', overdue_days: 3, remaining: -3 })).toBe('failing.over {"n":3}')
  })

  it('says the time of day on the due day, the days before it', () => {
    expect(text({ promise_due_at: '2026-11-23T09:00:00Z', remaining: 0 })).toBe('failing.dueAt {"time":"17:00"}')
    expect(text({})).toBe('failing.left.working_days {"n":"5"}')
  })

  it('says its unit in full where there is room', () => {
    const full = (change: Parameters<typeof caseRow>[0]) => {
      const limitWord = (unit: string, amount: number) => `${amount} ${unit}`
      return remainingText(caseRow(change), { ...words, limitWord }, ZONE, '2026-11-23', true)
    }
    expect(full({ light: 'yellow', overdue_days: 3, remaining: -3 })).toBe('list.overBy {"limit":"3 working_days"}')
    expect(full({})).toBe('list.left {"limit":"5 working_days"}')
  })

  it('says that a clock stands', () => {
    expect(text({ standing: true })).toBe('failing.standing {}')
  })

  it('says nothing where there is no limit', () => {
    expect(text({ remaining: null, unit: null, promise_due_at: null, statutory_due_at: null })).toBe(NO_DATA)
  })

  const named = (change: Parameters<typeof caseRow>[0]) => {
    const plain = { t: (key: string, values?: Record<string, unknown>) => [key, ...Object.values(values ?? {})].join(' '), limitWord: (unit: string, amount: number) => `${amount} ${unit}` } as Words
    return clockText(caseRow(change), plain, ZONE, '2026-11-23')
  }

  it('never says that something is left of a decided case', () => {
    const decided = { status: 'decided', ended: true, remaining: 7, used: 3, limit: 10 }
    expect(text({ ...decided, early: true })).toBe('failing.early {}')
    expect(named({ ...decided, early: true })).toBe('due.promise 3 / 10 working_days · failing.early')
    expect(named(decided)).toBe('due.promise 3 / 10 working_days')
    expect(named({ ...decided, used: 29, overdue_days: 19 })).toBe('due.promise 29 / 10 working_days · list.overBy 19 working_days')
  })

  it('says that the clock of an open case has stopped, beside how late it was', () => {
    const reported = { status: 'accepted', ended: true, light: 'yellow' as const, overdue_days: 3, used: 13, limit: 10 }
    expect(text(reported)).toBe('failing.stopped {} · failing.over {"n":3}')
    expect(named(reported)).toBe('failing.stopped · due.promise 13 / 10 working_days · list.overBy 3 working_days')
    expect(text({ ...reported, overdue_days: 0, light: 'green' })).toBe('failing.stopped {}')
  })

  it('names the limit that is past where lists show both', () => {
    expect(named({ light: 'yellow', overdue_days: 3, remaining: -3 })).toBe('due.promise list.overBy 3 working_days')
    expect(named({ clock: 'statutory', light: 'red', overdue_days: 2, remaining: -2 })).toBe('due.statutory list.overBy 2 working_days')
  })

  it('a failed light is not hidden by a standing clock', () => {
    expect(markOfCase({ light: 'red', standing: true })).toBe('red')
    expect(markOfCase({ light: 'reminder', standing: true })).toBe('standing')
  })
})
