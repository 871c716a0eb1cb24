// Moments and days as people read them, always in the hall's zone.

interface LocalParts {
  year: string
  month: string
  day: string
  hour: string
  minute: string
  second: string
  weekday: number
}

const formatters = new Map<string, Intl.DateTimeFormat>()
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      weekday: 'short',
    })
    formatters.set(zone, formatter)
  }
  return formatter
}

export function localParts(moment: string | number, zone: string): LocalParts {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatterOf(zone).formatToParts(new Date(moment))) parts[type] = value
  return {
    year: parts.year ?? '',
    month: parts.month ?? '',
    day: parts.day ?? '',
    hour: parts.hour ?? '',
    minute: parts.minute ?? '',
    second: parts.second ?? '',
    weekday: WEEKDAYS.indexOf(parts.weekday ?? ''),
  }
}

/** YYYY-MM-DD of the local day. */
export function localDay(moment: string | number, zone: string): string {
  const at = localParts(moment, zone)
  return `${at.year}-${at.month}-${at.day}`
}

export function timeText(moment: string | number, zone: string, seconds = true): string {
  const at = localParts(moment, zone)
  return seconds ? `${at.hour}:${at.minute}:${at.second}` : `${at.hour}:${at.minute}`
}

/** 11-23 17:00, with the year where it is another one than `thisYear`. */
export function momentText(moment: string | number, zone: string, thisYear?: string): string {
  const at = localParts(moment, zone)
  const year = thisYear === undefined || thisYear === at.year ? '' : `${at.year}-`
  return `${year}${at.month}-${at.day} ${at.hour}:${at.minute}`
}

export function fullMomentText(moment: string | number, zone: string, seconds = false): string {
  const at = localParts(moment, zone)
  return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}${seconds ? `:${at.second}` : ''}`
}

/** Share of the local day that has passed, 0 to 1. */
export function dayShare(moment: string | number, zone: string): number {
  const at = localParts(moment, zone)
  return (Number(at.hour) * 60 + Number(at.minute)) / 1440
}

/** Weekday of a YYYY-MM-DD day, 0 = Sunday. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay()
}

/** `day` moved by whole days. */
export function moveDay(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)
}

/** Days from `from` to `to`, negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

/** 9/21 */
export function shortDay(day: string): string {
  return `${Number(day.slice(5, 7))}/${Number(day.slice(8, 10))}`
}

/** Minutes as H:MM. */
export function hoursText(minutes: number): string {
  const whole = Math.max(0, Math.floor(minutes))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
