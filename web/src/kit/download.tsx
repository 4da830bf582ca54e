// A list as a file: all that its filters leave, in its order.
import { Download as Icon } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { answered, type Call, type Operation } from '../api/client'
import { formats } from '../api/generated/formats'
import { may, useMe } from '../api/rights'
import { labelOf, useTexts } from '../texts'
import { refused, saveFrom } from './save'

const Making = lazy(async () => ({ default: (await import('./exports/exports')).Making }))

const Saving = lazy(async () => ({ default: (await import('./exports/saved')).Saving }))

/** What makes it a file again and again, not now. */
const REGULARLY = 'regularly'

export function Download({ of, query }: { of: Operation; query: Call['query'] }) {
  const texts = useTexts()
  const me = useMe()
  const [isMaking, setMaking] = useState(false)
  const [isSaving, setSaving] = useState(false)
  /** The file that takes long to make. */
  const [made, setMade] = useState<string>()
  const save = async (format: string) => {
    setMaking(true)
    setMade(await saveTable(of, { ...query, format }))
    setMaking(false)
  }
  const choose = (key: string) => (key === REGULARLY ? setSaving(true) : void save(key))
  // What was is not made again and again.
  const saves = me && may(me.rights, 'files.saved_export.save' as Operation) && query?.as_of === undefined
  return (
    <>
      <MenuTrigger>
        <Button className="button quiet" aria-label={isMaking ? texts.list.making : texts.list.download} isPending={isMaking}>{isMaking ? <><progress aria-hidden="true" /> {texts.list.making}</> : <Icon size={16} />}</Button>
        <Popover className="popover" placement="bottom end">
          <Menu aria-label={texts.list.download} onAction={(key) => choose(`${key}`)}>
            {formats.map((format) => <MenuItem key={format} id={format} className="menu-item">{labelOf(format)}</MenuItem>)}
            {saves && <MenuItem id={REGULARLY} className="menu-item apart">{texts.list.regularly}</MenuItem>}
          </Menu>
        </Popover>
      </MenuTrigger>
      {isSaving && <Suspense><Saving of={of} query={query} close={() => setSaving(false)} /></Suspense>}
      {made && <Suspense><Making id={made} close={() => setMade(undefined)} /></Suspense>}
    </>
  )
}

/** Saves a table; the id of the export, if it takes so long that it becomes one (202). */
async function saveTable(of: Operation, query: Call['query']): Promise<string | undefined> {
  try {
    const response = await answered(of, { query })
    if (response.status === 202) return /[^/]+$/.exec(response.headers.get('Location')!)![0]
    const address = URL.createObjectURL(await response.blob())
    saveFrom(address, /"(.+)"/.exec(response.headers.get('Content-Disposition')!)![1])
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
  } catch (problem) {
    refused(problem)
  }
}
