// The reports that somebody may run.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '../api/client'
import { Top } from '../kit/shell'
import { Heading, Skeleton, Trouble } from '../kit/states'
import { humanised, placeOf, useTexts as useSharedTexts } from '../texts'
import { useTexts } from './texts'
import './reports.css'

export function Reports() {
  const shared = useSharedTexts()
  const texts = useTexts()
  const offered = useQuery({ queryKey: ['reports', 'list'], queryFn: ({ signal }) => call('reports.list', { signal }) })
  return (
    <>
      <Top><div className="crumbs"><Heading>{shared.places.reports!}</Heading></div><span className="grow" /></Top>
      <div className="page">
        {offered.isPending && <Skeleton rows={2} />}
        {offered.isError && <Trouble error={offered.error} retry={() => void offered.refetch()} />}
        <ul className="reports">
          {offered.data?.data.map(({ name, about }) => (
            <li key={name}>
              <Link to={`/reports/${name}` as never}><strong>{placeOf(`reports.${name}`) ?? humanised(name)}</strong><span>{texts.about[name] ?? about}</span></Link>
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}
