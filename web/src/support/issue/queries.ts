// What is asked for an issue's page besides the issue.
import { useQuery } from '@tanstack/react-query'
import { call, type Answer, type Row } from '../../api/client'
import { pagesOf } from '../../api/pages'
import { may, useMe } from '../../api/rights'
import { filtered, useAllRows } from '../../kit/rows'

export type Attachment = Answer<'support.issue.attachments'>['data'][number]
export type Scan = Pick<Row<'files.file'>, 'scan' | 'reason'>

/** What was said in an issue, in order. */
export const useComments = (issue: string) =>
  useQuery({
    queryKey: ['support.issue', 'comments', issue],
    queryFn: async ({ signal }) => ({ pages: await pagesOf((cursor) => call('support.issue.comments', { path: { id: issue }, query: { limit: 200, include: 'names', cursor }, signal })) }),
  })

/** The attachments of an issue; `scanOf`: what a scan came to, where the reader may know: of their own files, and of all who administers them. */
export function useAttachments(issue: string) {
  const me = useMe()
  const found = useQuery({
    queryKey: ['support.issue', 'attachments', issue],
    queryFn: async ({ signal }) => ({ pages: await pagesOf((cursor) => call('support.issue.attachments', { path: { id: issue }, query: { limit: 200, cursor }, signal })) }),
  })
  const attachments = found.data?.pages.flatMap(({ data }) => data) ?? []
  // As many as one may ask for at once.
  const ids = attachments.slice(-200).map(({ id }) => id).join(',')
  const files = useAllRows('files.file', filtered({ id: ids }), ids !== '' && me !== undefined && may(me.rights, 'files.file.list'))
  return { attachments, areThere: found.isSuccess, scanOf: (id: string): Scan | undefined => files.find((file) => (file as { id?: string }).id === id) }
}
