// The mails of a demonstration, which it keeps as files and sends to nobody.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from './portal'

/** Where they are, if that is known. */
export const mails = process.env.PORTAL_MAILS

/** What a mail to somebody says, once there is one that says something like it. */
export async function mailed(email: string, pattern: RegExp): Promise<string> {
  const found = () => readdirSync(mails!)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => readFileSync(join(mails!, name), 'utf8').replace(/=\r?\n/g, '').replace(/=3D/g, '='))
    .filter((mail) => mail.includes(`<${email}>`) || mail.includes(`To: ${email}`))
    .flatMap((mail) => pattern.exec(mail)?.slice(-1) ?? [])[0]
  await expect.poll(found).toBeDefined()
  return found()!
}
