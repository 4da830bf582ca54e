// Reads an AsyncAPI document by the parser of those who made the format: `asyncapi.mjs FILE`. Says what is wrong.
import { createRequire } from 'node:module'

const { Parser, fromFile } = createRequire(import.meta.url)('@asyncapi/parser')
const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse()
for (const { message, path } of diagnostics) console.log(`${path.join('/')}: ${message}`)
process.exitCode = document && diagnostics.length === 0 ? 0 : 1
