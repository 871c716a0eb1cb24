// Case time on this machine: anchored at the server, corrected for a wrong local clock.
import type { CaseTime } from '../api/answers'

/** Server's real clock minus the local one, in ms, when the message arrived at `localNow`. */
export function clockOffset(told: CaseTime, localNow: number): number {
  return Date.parse(told.server_now) - localNow
}

/** Case time in ms since 1970 at the local moment `localNow`. */
export function caseNow(told: CaseTime, offset: number, localNow: number): number {
  const serverNow = localNow + offset
  return Date.parse(told.case_anchor) + (serverNow - Date.parse(told.real_anchor)) * told.rate
}

/** Above this rate seconds are a blur; the clock then shows minutes. */
const SECONDS_UP_TO_RATE = 30

export function showsSeconds(rate: number): boolean {
  return rate <= SECONDS_UP_TO_RATE
}
