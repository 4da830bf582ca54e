// One thing as it is now, or as it was at a position of the record or an instant, with what may be done with it.
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call, type Operation, type Row, type Topic } from '../api/client'

/** Why something cannot be done with a thing as it is. */
export interface Obstacle {
  code: string
  detail: string
  invariant?: string | null
}

/** By the last part of an operation's name: null is what a thing's state allows. What takes a right that one lacks is not there. */
export type Standing = Record<string, Obstacle | null>

export interface Found<T extends Topic> {
  data: Row<T> & { id: string; version: number; created_at: string }
  meta: {
    version: number
    position: number
    acts?: Standing
    as_of?: { position: number; at: string }
  }
}

export const one = <T extends Topic>(topic: T, id: string, asOf?: number | string) =>
  queryOptions({
    queryKey: [topic, 'item', id, ...(asOf === undefined ? [] : [asOf])],
    queryFn: ({ signal }) => call(`${topic}.find` as Operation, { path: { id }, query: { include: 'names', as_of: asOf }, signal }) as unknown as Promise<Found<T>>,
    placeholderData: keepPreviousData,
  })
