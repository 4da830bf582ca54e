// The settings of the business: the page of a thing of which there is one, or the way to set it up.
import { useQuery } from '@tanstack/react-query'
import { Problem } from '../../api/problem'
import { Item } from '../../kit/item'
import { Create } from '../../kit/list'
import { one } from '../../kit/one'
import { resourceOf } from '../../kit/resource'
import { Top } from '../../kit/shell'
import { Heading } from '../../kit/states'
import { useWords as useKit } from '../../words'
import { useWords } from './words'

const ONLY = 'only'

export function Page() {
  const words = useWords()
  const kit = useKit()
  const resource = resourceOf('platform.business')!
  const { error } = useQuery(one('platform.business', ONLY))
  if (!(error instanceof Problem && error.status === 404)) return <Item resource={resource} id={ONLY} />
  return (
    <>
      <Top><div className="crumbs"><Heading>{kit.places['platform.business']!}</Heading></div><span className="grow" /><Create resource={resource} /></Top>
      <div className="page"><p>{words.notSetUp}</p></div>
    </>
  )
}
