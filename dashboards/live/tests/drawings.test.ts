import { describe, expect, it } from 'vitest'
import { drawDue, dueColumns, sumText } from '../src/board/due-drawing'
import { drawTrend } from '../src/board/trend-drawing'
import type { Ink } from '../src/charts/drawing'

const INK: Ink = { colour: (name) => name, size: 24, family: 'sans-serif' }
const everyFontSize = (option: unknown) => [...JSON.stringify(option).matchAll(/"fontSize":([\d.]+)/g)].map((hit) => Number(hit[1]))

describe('the days ahead', () => {
  const days = [
    { day: '2026-11-23', promise: 50, statutory: 7 },
    { day: '2026-11-24', promise: 900, statutory: 145 },
  ]
  const columns = dueColumns(days, '2026-11-23', (day) => day.slice(8))

  it('stacks promise on statutory, with the sum on top', () => {
    const option = drawDue(columns, { promise: 'P', statutory: 'S' }, INK)
    const series = option.series as { name: string; stack: string; data: number[]; label?: { formatter: (p: { dataIndex: number }) => string } }[]
    expect(series.map((one) => [one.name, one.stack, one.data])).toEqual([
      ['S', 'due', [7, 145]],
      ['P', 'due', [50, 900]],
    ])
    expect(series[1]?.label?.formatter({ dataIndex: 0 })).toBe('57')
  })

  it('knows which day is today', () => {
    expect(columns.map((column) => column.today)).toEqual([true, false])
  })

  it('keeps a sum short enough to stand on its bar', () => {
    expect(sumText(999)).toBe('999')
    expect(sumText(1045)).toBe('1.0k')
  })

  it('writes nothing smaller than the page’s own type', () => {
    const labels = everyFontSize({ ...drawDue(columns, { promise: 'P', statutory: 'S' }, INK), tooltip: null })
    expect(labels.length).toBeGreaterThan(0)
    expect(Math.min(...labels)).toBe(24)
  })
})

describe('the trend', () => {
  const points = [
    { month: '2026-09', value: 0.5, n: 10 },
    { month: '2026-10', value: null, n: 0 },
    { month: '2026-11', value: 0.7, n: 12 },
  ]

  it('leaves a gap where a month has no data, never a zero', () => {
    const [line] = drawTrend(points, null, 1, INK).series as { data: { value: unknown }[] }[]
    expect(line?.data.map((point) => point.value)).toEqual([0.5, '-', 0.7])
  })

  it('draws the baseline inside the picture', () => {
    const option = drawTrend(points, 0.4, 1, INK)
    const [line] = option.series as { markLine: { data: { yAxis: number }[]; label: { show: boolean } } }[]
    expect(line?.markLine.data[0]?.yAxis).toBe(0.4)
    expect(line?.markLine.label.show).toBe(false)
    expect((option.yAxis as { min: number }).min).toBeLessThan(0.4)
  })
})
