// What leads to the next page of a list, if there is one.
import { Button } from 'react-aria-components'
import { useWords } from '../words'

interface Pages {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => Promise<unknown>
}

export function More({ of }: { of: Pages }) {
  const words = useWords()
  return of.hasNextPage && <Button className="button more" onPress={() => void of.fetchNextPage()} isDisabled={of.isFetchingNextPage}>{words.list.more}</Button>
}
