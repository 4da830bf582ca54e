// The pages about what people and programs did, and the bar over each of them, which leads to the others.
import { Siblings } from '../kit/siblings'
import { Top } from '../kit/shell'
import { Heading } from '../kit/states'
import { useTexts } from '../texts'
import { usePlatformTexts } from './texts'

export function AuditTop({ title }: { title: string }) {
  const texts = useTexts()
  const own = usePlatformTexts()
  const pages = [
    { to: 'audit', name: own.audit, takes: 'platform.audit.list' },
    { to: 'audit/refusals', name: own.refusals, takes: 'platform.audit.refusals' },
    { to: 'audit/exports', name: own.exports, takes: 'platform.audit.exports' },
    { to: 'usage', name: own.usage, takes: 'platform.usage.list' },
  ]
  return (
    <Top>
      <div className="crumbs"><Heading>{title}</Heading></div>
      <Siblings label={texts.places['platform.audit']!} of={pages} />
      <span className="grow" />
    </Top>
  )
}
