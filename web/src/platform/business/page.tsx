// The settings of the business: the page of a thing of which there is one, or the way to set it up.
import { useMe } from '../../api/rights'
import { Item } from '../../kit/item'
import { Create } from '../../kit/create'
import { resourceOf } from '../../kit/resource'
import { Top } from '../../kit/shell'
import { Heading } from '../../kit/states'
import { useTexts as useSharedTexts } from '../../texts'
import { useTexts } from './texts'

export function Page() {
  const texts = useTexts()
  const shared = useSharedTexts()
  const resource = resourceOf('platform.business')!
  const me = useMe()
  if (me?.business) return <Item resource={resource} id="only" />
  return (
    <>
      <Top><div className="crumbs"><Heading>{shared.places['platform.business']!}</Heading></div><span className="grow" /><Create resource={resource} /></Top>
      <div className="page"><p>{texts.notSetUp}</p></div>
    </>
  )
}
