// Problems of the API (RFC 9457).
import { parameterOf, problemOf, rightOf, timed } from '../texts/names'

export interface Fault {
  /** A JSON pointer into the body, or the name of a parameter. */
  pointer: string
  message: string
  /** The keyword of JSON Schema that it does not satisfy, and what that allows. */
  keyword?: string
  limit?: number
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: Fault[] = [],
    /** The rule that says no: `SCH-1`. */
    readonly rule?: string,
    readonly trace?: string,
    /** What else is told of it: what is in the way, when it could be had. */
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail)
  }

  static async read(response: Response): Promise<Problem> {
    const body = await response.json().catch(() => ({}))
    return new Problem(response.status, body.code ?? 'unknown', reasonOf(body.fields) ?? sentenceOf({ code: meant(body), detail: body.detail ?? body.title ?? response.statusText }), body.fields, body.invariant, body.trace_id, body)
  }

  static offline(): Problem {
    return new Problem(0, 'offline', sentenceOf({ code: 'offline', detail: 'The server cannot be reached.' }))
  }
}

/** What is claimed for a while is a time; all else there is once. */
const meant = ({ code, from }: { code: string; from?: string }) => (code === 'taken' && from ? 'time_taken' : code)

/** Why what a list or report was asked for is refused, in the reader's language; what forms are refused stands at their fields. */
function reasonOf(faults: Fault[] = []): string | undefined {
  const reasons = faults.map(({ pointer }) => parameterOf(pointer))
  return reasons.every(Boolean) ? reasons.join(' ') || undefined : undefined
}

/** What is refused, for people: the API speaks English; other readers are told what its code means. */
export const sentenceOf = ({ code, detail, right }: { code: string; detail: string; right?: string }) =>
  right ? `${problemOf(code) ?? 'You lack the right for this.'} (${rightOf(right)})` : (problemOf(code) ?? timed(detail))
