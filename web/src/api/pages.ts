// The pages of a list, one after the other.
interface Page {
  page: { next?: string | number | null }
}

/** All of them; or, with `enough`, as many as it takes. */
export async function pagesOf<P extends Page>(fetchPage: (cursor?: string) => Promise<P>, enough: (pages: P[]) => boolean = () => false): Promise<P[]> {
  const pages = [await fetchPage()]
  for (let next = pages[0]!.page.next; next && !enough(pages); next = pages.at(-1)!.page.next) pages.push(await fetchPage(`${next}`))
  return pages
}
