// What programs ask of the API.
import { expect, PASSWORD, people } from './portal'

export async function post(base: string, path: string, token: string | undefined, body: unknown) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const response = await fetch(`${base}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = (await response.json()) as Record<string, never> & { data: Record<string, string> }
  expect(response.ok, JSON.stringify(answer)).toBe(true)
  return answer
}

/** A token of an administrator. */
export const tokenOf = async (base: string) =>
  ((await post(base, 'jwt', undefined, { login: people.ada, password: PASSWORD })) as unknown as { access_token: string }).access_token
