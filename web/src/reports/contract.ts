// What the contract says of reports: what they are asked for, and what their rows have.
import contract from '../api/generated/reports.json'
import type { Listing } from '../kit/filters'

interface Report extends Listing {
  /** The parameters that are days. */
  days: string[]
  columns: [name: string, kind: string][]
}

const reports = contract as unknown as Record<string, Report | undefined>

export const reportOf = (name: string) => reports[name]

export type ReportRow = Record<string, unknown>
