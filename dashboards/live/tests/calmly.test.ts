import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { calmly } from '../src/live/calmly'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('acts at once, then at most once a pause, and never loses the last request', () => {
  const act = vi.fn()
  const calm = calmly(act, 2000)
  calm.ask()
  expect(act).toHaveBeenCalledTimes(1)
  for (let delta = 0; delta < 20; delta += 1) calm.ask()
  expect(act).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(2000)
  expect(act).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(20_000)
  expect(act).toHaveBeenCalledTimes(2)
})

it('does nothing after it was stopped', () => {
  const act = vi.fn()
  const calm = calmly(act, 2000)
  calm.ask()
  calm.ask()
  calm.stop()
  vi.advanceTimersByTime(10_000)
  expect(act).toHaveBeenCalledTimes(1)
})
