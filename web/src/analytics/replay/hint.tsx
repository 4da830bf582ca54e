// What a replay is, above what is asked for.
import type { Operation } from '../../api/client'
import { useTexts } from '../texts'

export function Hint({ name }: { name: Operation }) {
  const texts = useTexts()
  return <p>{name === 'analytics.replay.request' ? texts.asks : texts.drops}</p>
}
