// Reading from the server: an answer, or a problem that says what happened.
import type { Problem } from './answers'

/** The server refused (RFC 9457 problem details) or could not be reached (`status` 0). */
export class Refused extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }

  get unreachable(): boolean {
    return this.problem.status === 0
  }
}

export type Parameters = Record<string, string | number | readonly string[] | null | undefined>

/** Appends what is set, several values one by one; empty values stay out of the address. */
export function withParameters(path: string, parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    const several = Array.isArray(value) ? value : [value]
    for (const one of several) if (one !== null && one !== undefined && one !== '') query.append(name, String(one))
  }
  const text = query.toString()
  if (text === '') return path
  return path + (path.includes('?') ? '&' : '?') + text
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'title' in body && 'detail' in body
}

async function problemOf(response: Response, path: string): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null)
  if (isProblem(body)) return { ...body, status: response.status }
  return {
    type: 'about:blank',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: '',
    instance: path,
  }
}

/** Fetches JSON. Throws `Refused`; an aborted request throws the browser's AbortError as it is. */
export async function fetchAnswer<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, { headers: { Accept: 'application/json' }, signal: signal ?? null })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new Refused({ type: 'about:blank', title: '', status: 0, detail: '', instance: path })
  }
  if (!response.ok) throw new Refused(await problemOf(response, path))
  return (await response.json()) as Answer
}
