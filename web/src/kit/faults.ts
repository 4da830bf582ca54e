// What is wrong with the fields of a form, in the reader's language.
import { Problem, type Fault } from '../api/problem'
import { keywordOf, problemOf, ruleOf, timed } from '../texts/names'

/** By JSON pointer; nothing if it is no problem. */
export const faultsOf = (problem: unknown): Record<string, string> =>
  problem instanceof Problem ? Object.fromEntries(problem.fields.map((fault) => [absolute(fault.pointer), told(fault, problem)])) : {}

/** By the keyword of its schema, else by what the whole is refused for; what has no phrase in English the API says itself. */
function told({ keyword, limit, message }: Fault, { code, rule }: Problem): string {
  const refused = problemOf(code)
  const why = keyword ? keywordOf(keyword)?.replace('{limit}', `${limit}`) : refused && code === 'invalid' && rule && ruleOf(rule)
  return why || refused || timed(message)
}

/** Parameters of the query have no slash. */
const absolute = (pointer: string) => (pointer.startsWith('/') ? pointer : `/${pointer}`)
