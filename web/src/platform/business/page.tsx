// The settings of the business: the page of a thing of which there is one.
import { Item } from '../../kit/item'
import { resourceOf } from '../../kit/resource'

export const Page = () => <Item resource={resourceOf('platform.business')!} id="only" />
