// A list as a file: all that its filters leave, in its order.
import { Download as Icon } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { answered, type Call, type Operation } from '../api/client'
import { formats } from '../api/generated/formats'
import { useTexts } from '../texts'
import { refused, saveFrom } from './save'

const Making = lazy(async () => ({ default: (await import('./exports/exports')).Making }))

const NAMES: Record<string, string> = { xlsx: 'Excel' }

export function Download({ of, query }: { of: Operation; query: Call['query'] }) {
  const texts = useTexts()
  /** The file that takes long to make. */
  const [made, setMade] = useState<string>()
  const save = async (format: string) => setMade(await saveTable(of, { ...query, format }))
  return (
    <>
      <MenuTrigger>
        <Button className="button quiet" aria-label={texts.list.download}><Icon size={16} /></Button>
        <Popover className="popover" placement="bottom end">
          <Menu aria-label={texts.list.download} onAction={(format) => void save(`${format}`)}>
            {formats.map((format) => <MenuItem key={format} id={format} className="menu-item">{NAMES[format] ?? format.toUpperCase()}</MenuItem>)}
          </Menu>
        </Popover>
      </MenuTrigger>
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
