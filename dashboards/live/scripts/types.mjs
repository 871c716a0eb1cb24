// Writes src/api/schema.ts from the server's OpenAPI document:
//   npm run types -- src/api/contract.json
import { readFile, writeFile } from 'node:fs/promises'
import { schemaText } from './schema-text.mjs'

const source = process.argv[2] ?? 'src/api/contract.json'
const document = JSON.parse(await readFile(source, 'utf8'))
await writeFile('src/api/schema.ts', await schemaText(document))
console.log(`src/api/schema.ts written from ${source}`)
