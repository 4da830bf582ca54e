// Files that take long to make: how far they are, and what becomes of them.
import { useQuery } from '@tanstack/react-query'
import { Download as Icon } from 'lucide-react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import type { Operation, Topic } from '../../api/client'
import { useMe } from '../../api/rights'
import { humanised, labelOf, useFormats, useReader, useTexts as useSharedTexts } from '../../texts'
import { useAct } from '../act'
import { bytes } from '../bytes'
import { one } from '../one'
import { filtered, useRows } from '../rows'
import { saveBytes } from '../save'
import { Skeleton, Trouble } from '../states'
import { Badge } from '../value'
import { titleOf } from './path'
import { useQueryTold } from './query'
import { useTexts } from './texts'

/** A list or report that is written to a file. */
export interface Export {
  id: string
  /** Where the list is: `/api/v1/customers`. */
  path: string
  format: string
  /** Filters and order, as in a URL. */
  query: string | null
  status: 'requested' | 'completed' | 'failed' | 'cancelled' | 'expired'
  /** How many were written so far. */
  rows: number
  size: number | null
  keep_until: string | null
  reason: string | null
  created_at: string
}

const EXPORT = 'files.export' as Topic
const EVERY = 5_000

/** One of them: what becomes of it is nudged, how far it is is asked for again and again. */
function useExport(id: string) {
  return useQuery({
    ...one(EXPORT, id),
    select: ({ data }) => data as unknown as Export,
    refetchInterval: ({ state }) => (state.data && (state.data.data as unknown as Export).status !== 'requested' ? false : EVERY),
  })
}

const save = ({ id }: Export) => void saveBytes('files.export.download' as Operation, { id })

function useCancel() {
  const act = useAct()
  return (id: string) => act('files.export.cancel' as Operation, { row: { id } })
}

/** What is told while a file is made; it goes on without whoever asked for it. */
export function Making({ id, close }: { id: string; close: () => void }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const found = useExport(id)
  const cancel = useCancel()
  const made = found.data
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog">
        <Dialog aria-label={shared.list.making}>
          <form onSubmit={(event) => { event.preventDefault(); if (made) save(made); close() }}>
            <h2>{made?.status === 'completed' ? texts.made : shared.list.making}</h2>
            {found.isError && <Trouble error={found.error} />}
            {made && <Progress of={made} />}
            {made?.status !== 'completed' && <p className="hint">{texts.later}</p>}
            <div className="row-end">
              {made?.status === 'requested' && <Button className="button bad" onPress={() => void cancel(id).then(close)}>{texts.cancel}</Button>}
              <Button className="button" onPress={close}>{shared.act.close}</Button>
              {made?.status === 'completed' && <Button type="submit" className="button first"><Icon size={16} /> {shared.list.download}</Button>}
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

/** How far it is, or what became of it. */
function Progress({ of }: { of: Export }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const formats = useFormats()
  const { locale } = useReader()
  const rows = texts.rows(formats.number(of.rows))
  if (of.status === 'requested') return <p role="status"><progress aria-label={shared.list.making} /> <span className="num">{rows}</span></p>
  const kept = of.status === 'completed' && of.keep_until ? texts.kept(formats.moment(of.keep_until)) : undefined
  return (
    <p role="status">
      <Badge of={of.status} /> {of.reason && humanised(of.reason)}{' '}
      {of.status === 'completed' && [rows, of.size !== null && bytes(of.size, locale), kept].filter(Boolean).join(' · ')}
    </p>
  )
}

/** The button that saves its file. */
export function DownloadExport({ of, label }: { of: Export; label?: string }) {
  const shared = useSharedTexts()
  return <Button className="button" aria-label={label} onPress={() => save(of)}><Icon size={16} /> {shared.list.download}</Button>
}

/** All that one asked for oneself: administrators may see those of others, but not take their files. */
export function Exports() {
  const texts = useTexts()
  const me = useMe()
  const { list, rows } = useRows(EXPORT, { sort: '-created_at', ...filtered({ requester: me?.user }) }, me !== undefined)
  if (list.isPending) return <Skeleton />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  const exports = rows as unknown as Export[]
  return (
    <section aria-labelledby="exports">
      <h2 id="exports">{texts.exports}</h2>
      <p>{texts.hint}</p>
      {exports.length === 0 && <p className="hint">{texts.none}</p>}
      <div>{exports.map((one) => (one.status === 'requested' ? <Running key={one.id} of={one} /> : <Line key={one.id} of={one} />))}</div>
    </section>
  )
}

function Running({ of }: { of: Export }) {
  return <Line of={useExport(of.id).data ?? of} />
}

function Line({ of }: { of: Export }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const formats = useFormats()
  const cancel = useCancel()
  const told = useQueryTold()
  const title = `${titleOf(of.path)}, ${labelOf(of.format)}`
  return (
    <div className="line">
      <span>{title} <span className="hint">{formats.ago(of.created_at)}</span>{of.query && <small>{told(of.query)}</small>}<Progress of={of} /></span>
      {of.status === 'requested' && <Button className="button" aria-label={`${texts.cancel}: ${title}`} onPress={() => void cancel(of.id)}>{texts.cancel}</Button>}
      {of.status === 'completed' && <DownloadExport of={of} label={`${shared.list.download}: ${title}`} />}
    </div>
  )
}
