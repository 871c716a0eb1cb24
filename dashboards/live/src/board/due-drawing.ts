// The next working days as stacked bars: statutory below, promise above, the sum on top.
import type { DueDay } from '../api/answers'
import type { DrawingOption, Ink } from '../charts/drawing'

export interface DueColumn {
  /** What stands under the bar. */
  label: string
  today: boolean
  promise: number
  statutory: number
}

export function sumText(sum: number): string {
  return sum < 1000 ? String(sum) : `${(sum / 1000).toFixed(1)}k`
}

export function dueColumns(days: readonly DueDay[], today: string, labelOf: (day: string) => string): DueColumn[] {
  return days.map((day) => ({
    label: labelOf(day.day),
    today: day.day === today,
    promise: day.promise,
    statutory: day.statutory,
  }))
}

export function drawDue(columns: readonly DueColumn[], words: { promise: string; statutory: string }, ink: Ink): DrawingOption {
  const text = { fontSize: ink.size, fontFamily: ink.family, color: ink.colour('muted') }
  const bright = ink.colour('text')
  const sums = columns.map((column) => column.promise + column.statutory)
  return {
    grid: { left: 2, right: 2, top: ink.size * 1.5, bottom: ink.size * 1.5 },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, textStyle: { fontSize: ink.size * 0.9 } },
    xAxis: {
      type: 'category',
      data: columns.map((column) => column.label),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink.colour('line') } },
      axisLabel: {
        ...text,
        interval: 0,
        margin: ink.size * 0.35,
        color: (_value, index) => (columns[index ?? -1]?.today ? bright : ink.colour('muted')),
      },
    },
    yAxis: { type: 'value', show: false, max: Math.max(1, ...sums) },
    series: [
      {
        name: words.statutory,
        type: 'bar',
        stack: 'due',
        barCategoryGap: '24%',
        itemStyle: { color: ink.colour('statutory-bar') },
        data: columns.map((column) => column.statutory),
      },
      {
        name: words.promise,
        type: 'bar',
        stack: 'due',
        itemStyle: { color: ink.colour('promise'), borderRadius: [2, 2, 0, 0] },
        data: columns.map((column) => column.promise),
        // A sum that has no room beside the sums next to it is left to the tooltip.
        labelLayout: { hideOverlap: true },
        label: {
          ...text,
          show: true,
          position: 'top',
          distance: 2,
          textMargin: [0, ink.size * 0.15],
          color: bright,
          formatter: ({ dataIndex }) => sumText(sums[dataIndex] ?? 0),
        },
      },
    ],
  }
}
