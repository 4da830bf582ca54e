// Types of all messages on the bus, made by Modelina from the AsyncAPI document, and events as constants of them:
// `models.mjs ASYNCAPI EVENTS FOLDER`. Whether the events are what the types say is the compiler's to judge.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { TypeScriptGenerator } = createRequire(import.meta.url)('@asyncapi/modelina')
const [contract, events, folder] = process.argv.slice(2)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
// It does not know 3.1 yet, which differs in nothing that is used here; and what one message adds to the envelope it
// takes for part of the envelope of all, so each gets one of its own.
const document = { ...read(contract), asyncapi: '3.0.0' }
const { schemas } = document.components
for (const [name, { allOf: [envelope, own] = [] }] of Object.entries(schemas)) {
  if (envelope?.$ref?.endsWith('/Envelope')) schemas[name] = { ...schemas.Envelope, properties: { ...schemas.Envelope.properties, ...own.properties } }
}
const generator = new TypeScriptGenerator({ modelType: 'interface', enumType: 'union', mapType: 'record', rawPropertyNames: true })
mkdirSync(`${folder}/models`)
for (const { modelName, result } of await generator.generateCompleteModels(document, { exportType: 'named' })) {
  writeFileSync(`${folder}/models/${modelName}.ts`, result)
}
const lines = read(events).flatMap((event, at) => [
  `import { ${event.type}Message as Message${at} } from './models/${event.type}Message'`,
  `export const event${at}: Message${at} = ${JSON.stringify(event)}`,
])
writeFileSync(`${folder}/events.ts`, lines.join('\n'))
