// The speed-up rate month by month, with the rate before the reform as a dashed line.
import type { TrendPoint } from '../api/answers'
import type { DrawingOption, Ink } from '../charts/drawing'
import { shareText } from '../words/numbers'

export interface Baseline {
  label: string
  value: number
}

function bounds(values: readonly number[]): { min: number; max: number } {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const room = Math.max(0.05, (high - low) * 0.25)
  return { min: low - room * 1.8, max: high + room }
}

/** Only the first and the last month are named: what lies between is read off the line. */
function monthLabel(points: readonly TrendPoint[], index: number): string {
  const point = points[index]
  return point && (index === 0 || index === points.length - 1) ? point.month.slice(2) : ''
}

export function drawTrend(points: readonly TrendPoint[], baseline: Baseline | null, decimals: number, ink: Ink): DrawingOption {
  const text = { fontSize: ink.size, fontFamily: ink.family }
  const green = ink.colour('green')
  const values = points.flatMap((point) => (point.value === null ? [] : [point.value]))
  const last = points.findLastIndex((point) => point.value !== null)
  const data = points.map((point, index) => ({
    value: point.value ?? '-',
    symbolSize: index === last ? ink.size * 0.45 : 0,
    label: { show: index === last },
  }))
  return {
    grid: { left: ink.size, right: ink.size * 0.8, top: ink.size * 1.6, bottom: ink.size * 1.5 },
    tooltip: { trigger: 'axis', textStyle: { fontSize: ink.size * 0.9 }, valueFormatter: (value) => shareText(typeof value === 'number' ? value : null, decimals) },
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: points.map((point) => point.month),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink.colour('line') } },
      axisLabel: { ...text, interval: 0, margin: ink.size * 0.35, color: ink.colour('muted'), formatter: (_month: string, index: number) => monthLabel(points, index) },
    },
    yAxis: { type: 'value', show: false, ...bounds(baseline ? [...values, baseline.value] : values) },
    series: [
      {
        type: 'line',
        data,
        symbol: 'circle',
        showAllSymbol: true,
        connectNulls: false,
        lineStyle: { color: green, width: ink.size / 7 },
        itemStyle: { color: green },
        label: { ...text, position: 'top', align: 'right', color: ink.colour('green-text'), fontWeight: 600, formatter: ({ value }) => shareText(Number(value), decimals) },
        ...(baseline ? { markLine: baselineMark(baseline, decimals, ink) } : {}),
      },
    ],
  }
}

function baselineMark(baseline: Baseline, decimals: number, ink: Ink) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: ink.colour('muted'), type: 'dashed' as const, width: ink.size / 14 },
    label: {
      position: 'insideEndBottom' as const,
      fontSize: ink.size,
      fontFamily: ink.family,
      color: ink.colour('muted'),
      formatter: `${baseline.label} ${shareText(baseline.value, decimals)}`,
    },
    data: [{ yAxis: baseline.value }],
  }
}
