import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { schemaText } from '../scripts/schema-text.mjs'

const API = join(import.meta.dirname, '..', 'src', 'api')

it('schema.ts is what contract.json says; if not, run: npm run types', async () => {
  const contract: unknown = JSON.parse(readFileSync(join(API, 'contract.json'), 'utf8'))
  expect(readFileSync(join(API, 'schema.ts'), 'utf8')).toBe(await schemaText(contract))
}, 30_000)
