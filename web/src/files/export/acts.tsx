// What can be done with an export: its file is taken, or it is given up while it is made.
import { useMe } from '../../api/rights'
import { Acts, type ActsProps } from '../../kit/acts'
import { DownloadExport, type Export } from '../../kit/exports/exports'

export function ExportActs(props: ActsProps) {
  const of = props.row as unknown as Export & { requester: string }
  const isOwn = of.requester === useMe()?.user
  return <>{isOwn && of.status === 'completed' && <DownloadExport of={of} />}<Acts {...props} /></>
}
