// The lists and reports whose files exports are, by where they are: `/api/v1/customers`.
import type { Operation } from '../../api/client'
import { operations } from '../../api/generated/operations'
import { humanised, placeOf } from '../../texts'

/** What answers there, if the contract knows it. */
export function operationAt(path: string): Operation | undefined {
  const matches = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
  return (Object.keys(operations) as Operation[]).find((name) => operations[name][0] === 'get' && matches(operations[name][1]))
}

/** What the list or report is called. */
export function titleOf(path: string): string {
  const name = operationAt(path)
  return name ? (placeOf(name.replace(/\.list$/, '')) ?? humanised(name.split('.').at(-1)!)) : path
}
