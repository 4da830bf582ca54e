// What a service says in the reader's language, where it is said in that; what else is as it stands.
import type { Row } from '../../api/client'
import { spoken } from '../../texts'

type Service = Row<'scheduling.service'>

export function textOf({ name, category, texts }: Service) {
  const own = spoken(texts ?? {})
  return { name: own?.name ?? name, category: own?.category ?? category }
}
