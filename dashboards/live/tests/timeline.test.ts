import { describe, expect, it } from 'vitest'
import { daysText, groupDays } from '../src/case/explained-rows'
import { placeLabels } from '../src/case/lanes'
import { columnOf, cutBands, inkOf, isOver, makeTimeline, nameSpans } from '../src/case/timeline'
import type { CaseDetail, CaseEvent, ExplainedDay, Explanation } from '../src/api/answers'
import { daysBetween, moveDay } from '../src/words/instants'
import { explainedDay, ZONE } from './scene'

const NATIONAL_DAY = { zh: '国庆节', en: 'National Day' }

/** 9/16 (start) … 10/12 of the worked example, as far as the picture needs it. */
function workedDays(): ExplainedDay[] {
  return Array.from({ length: 27 }, (_, index) => {
    const day = moveDay('2026-09-16', index)
    const holiday = day >= '2026-10-01' && day <= '2026-10-07'
    const makeUp = day === '2026-09-20' || day === '2026-10-10'
    const suspended = day > '2026-09-18' && day <= '2026-09-23'
    return explainedDay(day, {
      day_kind: holiday ? 'holiday' : makeUp ? 'make_up_workday' : 'working_day',
      day_name: holiday ? NATIONAL_DAY : null,
      start_day: index === 0,
      suspended,
      due_day: day === '2026-10-12',
      why: { zh: suspended ? '特别程序' : holiday ? '国庆节' : '工作日', en: 'why' },
    })
  })
}

function explanation(days = workedDays()): Explanation {
  return {
    as_of: '2026-10-10T03:05:00Z',
    today: '2026-10-10',
    clocks: [
      {
        name: 'promise',
        started_at: '2026-09-16T02:12:00Z',
        limit: 10,
        unit: 'working_days',
        due_at: '2026-10-12T09:00:00Z',
        due_at_if_refused: '2026-09-30T09:00:00Z',
        stopped_at: null,
        state: 'running',
        days,
      },
    ],
  }
}

function event(kind: string, occurred_at: string, change: Partial<CaseEvent> = {}): CaseEvent {
  return { event_id: `${kind} ${occurred_at}`, kind, occurred_at, recorded_at: null, voided: false, ...change } as CaseEvent
}

function detail(events: CaseEvent[] = []): CaseDetail {
  return {
    hall: { code: 'h', name: { zh: '大厅', en: 'Hall' }, zone: ZONE, demo: false },
    events,
    clocks: [{ name: 'promise', limit: 10, extended: 2 }],
  } as unknown as CaseDetail
}

describe('the picture of a case', () => {
  it('has every day from before the first event to after the due day', () => {
    const timeline = makeTimeline(detail([event('received', '2026-09-15T07:12:00Z')]), explanation())
    const days = timeline.columns.map((column) => (column.type === 'day' ? column.day : 'fold'))
    expect(days[0]).toBe('2026-09-14')
    expect(days.at(-1)).toBe('2026-10-13')
    expect(days).toHaveLength(30)
  })

  it('puts an event on its local day, and leaves out what was voided', () => {
    const late = event('accepted', '2026-09-15T17:00:00Z')
    const timeline = makeTimeline(detail([late, event('decided', '2026-09-17T02:00:00Z', { voided: true })]), explanation())
    expect([...timeline.events.keys()]).toEqual(['2026-09-16'])
  })

  it('has a post for the due time and one for the due time if the suspension is refused', () => {
    const timeline = makeTimeline(detail(), explanation())
    expect(timeline.due.map((post) => post.day)).toEqual(['2026-10-12'])
    expect(timeline.refused.map((post) => post.day)).toEqual(['2026-09-30'])
    expect(timeline.totals.get('promise')).toBe(12)
  })

  it('greys rest days, not make-up workdays', () => {
    const timeline = makeTimeline(detail(), explanation())
    const restOf = (day: string) => {
      const column = timeline.columns[columnOf(timeline.columns, day)]
      return column?.type === 'day' && column.rest
    }
    expect(restOf('2026-10-03')).toBe(true)
    expect(restOf('2026-10-10')).toBe(false)
  })

  it('names a holiday once over all its days, and a make-up workday apart', () => {
    const { columns } = makeTimeline(detail(), explanation())
    const spans = nameSpans(columns)
    expect(spans).toEqual([{ from: columnOf(columns, '2026-10-01'), length: 7, name: NATIONAL_DAY, makeUp: false }])
  })

  it('folds only long stretches in which nothing happens, and only of long cases', () => {
    const long = Array.from({ length: 200 }, (_, index) => explainedDay(moveDay('2026-01-01', index), { suspended: true }))
    const timeline = makeTimeline(detail([event('accepted', '2026-01-02T02:00:00Z')]), explanation(long))
    const folds = timeline.columns.filter((column) => column.type === 'fold')
    expect(folds.length).toBeGreaterThan(0)
    const shown = timeline.columns.reduce((sum, column) => sum + (column.type === 'fold' ? column.days : 1), 0)
    expect(shown).toBe(daysBetween('2025-12-31', '2026-10-13') + 1)
    expect(columnOf(timeline.columns, '2026-10-12')).toBeGreaterThan(-1)
  })

  it('cuts into bands that lose no day', () => {
    const { columns } = makeTimeline(detail(), explanation())
    expect(cutBands(columns, 11).flat()).toEqual(columns)
    expect(cutBands(columns, 11).map((band) => band.length)).toEqual([11, 11, 7])
  })
})

describe('labels', () => {
  const label = (centre: number) => ({ centre, width: 40 })

  it('that would overlap go below each other, up to the last lane', () => {
    const lanes = (centres: number[], most: number) => placeLabels(centres.map(label), 200, most).map((place) => place.lane)
    expect(lanes([20, 50, 100], 3)).toEqual([0, 1, 0])
    expect(lanes([20, 21, 22, 23], 2)).toEqual([0, 1, 1, 1])
  })

  it('stay inside the picture at both its ends', () => {
    expect(placeLabels([label(5), label(100), label(195)], 200, 3).map((place) => place.shift)).toEqual([15, 0, -15])
  })
})

describe('a clock in the picture', () => {
  it('has the colour that the legend names', () => {
    expect(['promise', 'statutory', 'acceptance', 'step:审查:2'].map(inkOf)).toEqual(['promise', 'statutory', 'other', 'other'])
  })

  it('is over on the counted days beyond its limit alone', () => {
    const [day] = explanation().clocks[0]?.days ?? []
    if (!day) throw new Error('no day')
    expect(isOver({ ...day, counted: true, number: 9 }, 9)).toBe(false)
    expect(isOver({ ...day, counted: true, number: 10 }, 9)).toBe(true)
    expect(isOver({ ...day, counted: false, number: null }, 9)).toBe(false)
  })
})

describe('day by day in words', () => {
  it('joins equal neighbouring days and nothing else', () => {
    const rows = groupDays(workedDays())
    const holiday = rows.find((row) => row.kind === 'holiday')
    expect(holiday && daysText(holiday, '')).toBe('10/1–10/7')
    expect(rows[0]?.from).toBe(rows[0]?.to)
    expect(rows.at(-1)?.due).toBe(true)
    const days = rows.reduce((sum, row) => sum + 1 + (Date.parse(row.to) - Date.parse(row.from)) / 86_400_000, 0)
    expect(days).toBe(27)
  })

  it('keeps the first and the last number of counted days', () => {
    const counted = [1, 2, 3].map((number) => explainedDay(moveDay('2026-09-16', number), { counted: true, number }))
    expect(groupDays(counted)).toMatchObject([{ firstNumber: 1, lastNumber: 3 }])
  })

  it('does not join days whose reasons differ', () => {
    const one = explainedDay('2026-09-17', { why: { zh: '甲', en: 'a' } })
    const other = explainedDay('2026-09-18', { why: { zh: '乙', en: 'b' } })
    expect(groupDays([one, other])).toHaveLength(2)
  })
})
