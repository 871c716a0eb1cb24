import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { fetchAnswer, Refused, withParameters } from '../src/api/http'
import { useReading, type Reading } from '../src/api/reading'

function answer(body: unknown, status = 200): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, statusText: 'Status' })
}

afterEach(() => vi.unstubAllGlobals())

describe('asking the server', () => {
  it('leaves empty parameters out of the address', () => {
    expect(withParameters('/x', { a: '', b: null, c: undefined, d: 0, e: 'ü&' })).toBe('/x?d=0&e=%C3%BC%26')
  })

  it('keeps the problem that the server explains', async () => {
    const problem = { type: 'https://x/problems/a', title: 'Unknown department', status: 422, detail: 'There is no Z.' }
    vi.stubGlobal('fetch', () => Promise.resolve(answer(problem, 422)))
    await expect(fetchAnswer('/x')).rejects.toMatchObject({ problem })
  })

  it('makes a problem of an answer that explains nothing', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(answer('<html>', 502)))
    await expect(fetchAnswer('/x')).rejects.toMatchObject({ problem: { status: 502, title: 'Status', instance: '/x' } })
  })

  it('says plainly when nothing answers', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    const refused = await fetchAnswer('/x').catch((cause: unknown) => cause)
    expect(refused).toBeInstanceOf(Refused)
    expect((refused as Refused).unreachable).toBe(true)
  })
})

describe('a list being read', () => {
  function reading(): Reading<number> {
    return effectScope().run(() => useReading<number>()) as Reading<number>
  }

  it('keeps what was read when a later reading fails, and says so', async () => {
    const list = reading()
    vi.stubGlobal('fetch', () => Promise.resolve(answer(1)))
    await list.read('/x')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    await list.read('/x')
    expect(list.answer.value).toBe(1)
    expect(list.refused.value?.unreachable).toBe(true)
    vi.stubGlobal('fetch', () => Promise.resolve(answer(2)))
    await list.read('/x')
    expect(list.answer.value).toBe(2)
    expect(list.refused.value).toBeNull()
  })

  it('is to come from the question on, until an answer or a refusal is there', async () => {
    const answered = reading()
    const refused = reading()
    expect(answered.pending.value).toBe(false)
    vi.stubGlobal('fetch', () => Promise.resolve(answer(1)))
    const first = answered.read('/x')
    expect(answered.pending.value).toBe(true)
    await first
    expect(answered.pending.value).toBe(false)
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
    const second = refused.read('/x')
    expect(refused.pending.value).toBe(true)
    await second
    expect(refused.pending.value).toBe(false)
    const again = [answered.read('/x'), refused.read('/x')]
    expect([answered.pending.value, refused.pending.value]).toEqual([false, false])
    await Promise.all(again)
  })

  it('drops an older answer that comes after a newer question', async () => {
    const list = reading()
    const pending: ((response: Response) => void)[] = []
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => pending.push(resolve)))
    const first = list.read('/old')
    const second = list.read('/new')
    pending[1]?.(answer(2))
    await second
    pending[0]?.(answer(1))
    await first
    expect(list.answer.value).toBe(2)
    expect(list.waiting.value).toBe(false)
  })
})
