// The speed-up rate month by month, with the rate before the reform as a dashed line.
import type { TrendPoint } from '../api/answers'
import type { DrawingOption, Ink } from '../charts/drawing'
import { shareText } from '../words/numbers'

function bounds(values: readonly number[]): { min: number; max: number } {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const room = Math.max(0.05, (high - low) * 0.25)
  return { min: low - room, max: high + room }
}

/** Only the first and the last month are named: what lies between is read off the line. */
function monthLabel(points: readonly TrendPoint[], index: number): string {
  const point = points[index]
  return point && (index === 0 || index === points.length - 1) ? point.month.slice(2) : ''
}

/** A month between months without data has no line to be on. */
function standsAlone(points: readonly TrendPoint[], index: number): boolean {
  return (points[index - 1]?.value ?? null) === null && (points[index + 1]?.value ?? null) === null
}

/** The last month that has a value. */
export function lastPoint(points: readonly TrendPoint[]): number {
  return points.findLastIndex((point) => point.value !== null)
}

export function drawTrend(
  points: readonly TrendPoint[],
  /** The rate before the reform; the panel says it in words, where no line runs through them. */
  baseline: number | null,
  decimals: number,
  ink: Ink,
): DrawingOption {
  const values = points.flatMap((point) => (point.value === null ? [] : [point.value]))
  const last = lastPoint(points)
  const green = ink.colour('green')
  const data = points.map((point, index) => ({
    value: point.value ?? '-',
    symbolSize: ink.size * (index === last ? 0.45 : standsAlone(points, index) ? 0.25 : 0),
  }))
  return {
    grid: { left: ink.size * 0.2, right: ink.size * 0.4, top: ink.size * 0.4, bottom: ink.size * 1.5 },
    tooltip: {
      trigger: 'axis',
      textStyle: { fontSize: ink.size * 0.9 },
      valueFormatter: (value) => shareText(typeof value === 'number' ? value : null, decimals),
    },
    xAxis: monthAxis(points, ink),
    yAxis: { type: 'value', show: false, ...bounds(baseline === null ? values : [...values, baseline]) },
    series: [
      {
        type: 'line',
        data,
        symbol: 'circle',
        showAllSymbol: true,
        connectNulls: false,
        lineStyle: { color: green, width: ink.size / 7 },
        itemStyle: { color: green },
        ...(baseline === null ? {} : { markLine: baselineMark(baseline, ink) }),
      },
    ],
  }
}

function monthAxis(points: readonly TrendPoint[], ink: Ink) {
  return {
    type: 'category' as const,
    boundaryGap: false,
    data: points.map((point) => point.month),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: ink.colour('line') } },
    axisLabel: {
      fontSize: ink.size,
      fontFamily: ink.family,
      color: ink.colour('muted'),
      interval: 0,
      margin: ink.size * 0.35,
      alignMinLabel: 'left' as const,
      alignMaxLabel: 'right' as const,
      formatter: (_month: string, index: number) => monthLabel(points, index),
    },
  }
}

function baselineMark(baseline: number, ink: Ink) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: ink.colour('muted'), type: 'dashed' as const, width: ink.size / 14 },
    label: { show: false },
    data: [{ yAxis: baseline }],
  }
}
