// The parts of ECharts in use. Text is drawn as SVG, so that a wall's type can be measured and scales sharply.
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import * as core from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { SVGRenderer } from 'echarts/renderers'
import type { EChartsOption } from 'echarts'

core.use([BarChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, LabelLayout, SVGRenderer])

export type Drawing = ReturnType<typeof core.init>
export type DrawingOption = EChartsOption

export function startDrawing(element: HTMLElement): Drawing {
  return core.init(element, null, { renderer: 'svg' })
}

export interface Colours {
  (name: string): string
}

/** What a drawing needs to know of the page: colours of the theme, the size of the type. */
export interface Ink {
  colour: Colours
  /** Size of body text in px. */
  size: number
  family: string
}

export function readInk(): Ink {
  const style = getComputedStyle(document.documentElement)
  return {
    colour: (name) => style.getPropertyValue(`--${name}`).trim(),
    size: Number.parseFloat(style.fontSize) || 16,
    family: style.fontFamily,
  }
}
