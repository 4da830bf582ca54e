// The bar over the pages of data.
import { Siblings } from '../kit/siblings'
import { Top } from '../kit/shell'
import { Heading } from '../kit/states'
import { useTexts } from '../texts'
import { dataPages } from './pages'

export function DataTop({ place }: { place: 'data' | 'views' }) {
  const { places } = useTexts()
  return (
    <Top>
      <div className="crumbs"><Heading>{places[place]!}</Heading></div>
      <Siblings label={places.data!} of={dataPages} />
      <span className="grow" />
    </Top>
  )
}
