// What things are called whose ids stand in answers: every answer that says so (`include=names`) is
// remembered, for all that shows one of them.
import { QueryCache, skipToken, useQuery, type QueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { may, useMe } from '../api/rights'
import { spoken, useTexts } from '../texts'

type Names = Record<string, { topic: string; name: string | null; translations?: Record<string, string> }>
type Named = { names?: Names } | undefined
const KEY = ['names']
const NONE: Names = {}

/** The names that an answer brought, or those of all its pages. */
const broughtBy = (answer: unknown): Names => {
  const pages = (answer as { pages?: Named[] } | undefined)?.pages ?? [answer as Named]
  return Object.assign({}, ...pages.map((page) => page?.names))
}

/** Whether an answer says what this thing is called. */
export const isNamedIn = (answer: unknown, id: string) => id in broughtBy(answer)

/** Workers have ids that follow from their names, people have not. */
const isWorker = (id: string) => id[14] === '5'

/** Who did something: somebody by their name, the program itself where all people are known. */
export function useActorOf(): (id: string | null | undefined) => string | undefined {
  const nameOf = useNameOf()
  const me = useMe()
  const texts = useTexts()
  return (id) => nameOf(id) ?? (id && isWorker(id) && me?.rights.users_read === 'all' ? texts.item.system : undefined)
}

/** A cache that remembers the names of all answers that come into it. */
export function namingCache(queries: () => QueryClient) {
  return new QueryCache({
    onSuccess: (answer) => {
      const brought = broughtBy(answer)
      if (Object.keys(brought).length > 0) queries().setQueryData<Names>(KEY, (before) => ({ ...before, ...brought }))
    },
  })
}

/** What things are called by their ids, as far as they may be seen and an answer said it; the same function while no name changes. */
export function useNameOf(): (id: string | null | undefined) => string | undefined {
  const me = useMe()
  const texts = useTexts()
  const names = useQuery<Names>({ queryKey: KEY, queryFn: skipToken, staleTime: Infinity, gcTime: Infinity }).data ?? NONE
  return useCallback((id) => {
    const found = names[id ?? '']
    if (!found) return id === me?.user ? (me?.name ?? undefined) : undefined
    // A name that is missing was erased, unless it is kept from the reader.
    return spoken(found.translations ?? {}) ?? found.name ?? (me && may(me.rights, `${found.topic}.find`) ? texts.item.erased : undefined)
  }, [names, me, texts])
}
