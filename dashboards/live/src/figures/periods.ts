// The periods one asks for most, as [from, to) of local days.
import { moveDay } from '../words/instants'

export interface Period {
  from: string
  to: string
}

function firstOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`
}

function nextMonth(first: string): string {
  return firstOfMonth(moveDay(first, 32))
}

export function thisMonth(today: string): Period {
  const from = firstOfMonth(today)
  return { from, to: nextMonth(from) }
}

export function lastMonth(today: string): Period {
  const to = firstOfMonth(today)
  return { from: firstOfMonth(moveDay(to, -1)), to }
}

export function thisYear(today: string): Period {
  const year = Number(today.slice(0, 4))
  return { from: `${year}-01-01`, to: `${year + 1}-01-01` }
}
