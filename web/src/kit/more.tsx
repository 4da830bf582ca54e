// What leads to the next page of a list, if there is one.
import { Button } from 'react-aria-components'
import { useTexts } from '../texts'

interface Pages {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => Promise<unknown>
}

export function More({ of }: { of: Pages }) {
  const texts = useTexts()
  return of.hasNextPage && <Button className="button more" onPress={() => void of.fetchNextPage()} isDisabled={of.isFetchingNextPage}>{texts.list.more}</Button>
}
