// Problems of the API (RFC 9457).
import { problemOf } from '../words/names'

export interface Fault {
  /** A JSON pointer into the body, or the name of a parameter. */
  pointer: string
  message: string
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
  ) {
    super(detail)
  }

  static async read(response: Response): Promise<Problem> {
    const body = await response.json().catch(() => ({}))
    // The API speaks English; other readers are told what its code means.
    const detail = problemOf(body.code) ?? body.detail ?? body.title ?? response.statusText
    return new Problem(response.status, body.code ?? 'unknown', detail, body.fields, body.invariant, body.trace_id)
  }

  static offline(): Problem {
    return new Problem(0, 'offline', 'The server cannot be reached.')
  }

  /** The messages by JSON pointer, as forms want them. */
  byPointer(): Record<string, string> {
    return Object.fromEntries(this.fields.map(({ pointer, message }) => [absolute(pointer), message]))
  }
}

/** Parameters of the query have no slash. */
const absolute = (pointer: string) => (pointer.startsWith('/') ? pointer : `/${pointer}`)
