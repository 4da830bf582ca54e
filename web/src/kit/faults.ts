// What is wrong with the fields of a form, in the reader's language.
import { Problem, type Fault } from '../api/problem'
import { exampleOf, keywordOf, problemOf, ruleOf, timed } from '../texts/names'

/** The fields whose value there is once, by what it is claimed as, where the field is called otherwise. */
const CLAIMED: Record<string, string> = { user_mailbox: 'email', invited: 'email', macro_name: 'name', replay_name: 'name', customer_external_id: 'external_ids', sign_in_domain: 'domain' }

/** By JSON pointer; nothing if it is no problem. `exampleAt`: what the contract gives as an example of a field; `further`: what the portal finds itself where something is wrong with fields. */
export const faultsOf = (problem: unknown, exampleAt: (pointer: string) => string | undefined = () => undefined, further: Fault[] = []): Record<string, string> =>
  problem instanceof Problem ? Object.fromEntries([...(problem.status === 422 ? further : []), ...faults(problem)].map((fault) => [absolute(fault.pointer), told(fault, problem, exampleAt)])) : {}

/** Of what there is once, the API says as what it is claimed. */
function faults({ code, fields, more, detail }: Problem): Fault[] {
  const what = code === 'taken' && !more.from && String(more.what)
  return what ? [{ pointer: CLAIMED[what] ?? what, message: detail }] : fields
}

/** By the keyword of its schema, else by what the whole is refused for; what has no phrase in English the API says itself. */
function told({ pointer, keyword, limit, message }: Fault, { code, rule }: Problem, exampleAt: (pointer: string) => string | undefined): string {
  const refused = problemOf(code)
  const why = keyword ? keywordOf(keyword)?.replace('{limit}', `${limit}`) : refused && code === 'invalid' && rule && ruleOf(rule)
  const example = keyword === 'format' || keyword === 'pattern' ? exampleAt(absolute(pointer)) : undefined
  const reason = why || refused || timed(message)
  // What the API says itself ends without a stop.
  return example ? [reason.replace(/[^.!?]$/, '$&.'), exampleOf(example)].filter(Boolean).join(' ') : reason
}

/** Parameters of the query have no slash. */
const absolute = (pointer: string) => (pointer.startsWith('/') ? pointer : `/${pointer}`)
