// Which figures stand together.
import type { Figure } from '../api/answers'

export type GroupName = 'speedup' | 'time' | 'process' | 'registry' | 'other'

export interface FigureGroup {
  name: GroupName
  figures: Figure[]
}

const MEMBERS: Record<Exclude<GroupName, 'other'>, readonly string[]> = {
  speedup: ['speedup_actual', 'speedup_promised', 'speedup_promise_cut', 'early_share_of_accepted', 'speedup_actual_mean'],
  time: ['on_time_rate', 'early_rate', 'overdue_rate', 'statutory_overdue_rate', 'same_day_rate'],
  process: ['correction_rate', 'refusal_rate', 'suspension_share', 'one_review_one_approval_rate'],
  registry: ['department_presence', 'item_presence', 'accept_and_decide_rate', 'mid_level_presence'],
}
const REGISTRY = /^(set_up|office|registry|department_|item_|mid_level)/

function groupOf(id: string): GroupName {
  for (const [name, members] of Object.entries(MEMBERS)) {
    if (members.includes(id)) return name as GroupName
  }
  return REGISTRY.test(id) ? 'registry' : 'other'
}

/** Groups in the order of the page; within a group the known order, then as the server sends them. */
export function groupFigures(figures: readonly Figure[]): FigureGroup[] {
  const names: GroupName[] = ['speedup', 'time', 'process', 'registry', 'other']
  return names
    .map((name) => {
      const order = name === 'other' ? [] : MEMBERS[name]
      const place = (figure: Figure) => (order.indexOf(figure.id) + order.length + 1) % (order.length + 1)
      const members = figures.filter((figure) => groupOf(figure.id) === name)
      return { name, figures: [...members].sort((one, other) => place(one) - place(other)) }
    })
    .filter((group) => group.figures.length > 0)
}
