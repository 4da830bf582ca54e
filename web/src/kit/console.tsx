// What is shown of topics that nobody declared: from their contract alone.
import { Link, useParams } from '@tanstack/react-router'
import { humanised, useTexts } from '../texts'
import { undeclared } from './contract'
import { Item } from './item'
import { List } from './list'
import { resourceOf } from './resource'
import { Nowhere, Top } from './shell'
import { Heading } from './states'

export const ListOf = () => <Of page={List} />
export const ItemOf = () => <Of page={Item} />

function Of({ page: Page }: { page: typeof List }) {
  const { topic = '' } = useParams({ strict: false }) as { topic?: string }
  const resource = resourceOf(topic)
  return resource ? <Page key={topic} resource={resource} /> : <Nowhere />
}

export function Everything() {
  const texts = useTexts()
  return (
    <>
      <Top><div className="crumbs"><Heading>{texts.places.more!}</Heading></div><span className="grow" /></Top>
      <ul className="page">{undeclared.map((topic) => <li key={topic}><Link className="button quiet" to={`/all/${topic}` as never}>{texts.places[topic] ?? humanised(topic.split('.')[1]!)}</Link></li>)}</ul>
    </>
  )
}
