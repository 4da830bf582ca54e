// What an export was asked for, and what can be done with it: its file is taken, or it is given up while it is made.
import { useMe } from '../../api/rights'
import { Acts, type ActsProps } from '../../kit/acts'
import { DownloadExport, type Export } from '../../kit/exports/exports'
import { useQueryTold } from '../../kit/exports/query'
import { Value } from '../../kit/value'

/** What it was asked for. */
export function Query({ of }: { of: string | null }) {
  const told = useQueryTold()
  return of ? told(of) : <Value of={null} />
}

export function ExportActs(props: ActsProps) {
  const of = props.row as unknown as Export & { requester: string }
  const isOwn = of.requester === useMe()?.user
  return <>{isOwn && of.status === 'completed' && <DownloadExport of={of} />}<Acts {...props} /></>
}
