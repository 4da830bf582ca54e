// A list as a file: all that its filters leave, in its order.
import { Download as Icon } from 'lucide-react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { answered, type Call, type Operation } from '../api/client'
import { formats } from '../api/generated/formats'
import { Problem } from '../api/problem'
import { useTexts } from '../texts'
import { toast } from './toast'

const NAMES: Record<string, string> = { xlsx: 'Excel' }

export function Download({ of, query }: { of: Operation; query: Call['query'] }) {
  const texts = useTexts()
  return (
    <MenuTrigger>
      <Button className="button quiet" aria-label={texts.list.download}><Icon size={16} /></Button>
      <Popover className="popover" placement="bottom end">
        <Menu aria-label={texts.list.download} onAction={(format) => void save(of, { ...query, format: `${format}` })}>
          {formats.map((format) => <MenuItem key={format} id={format} className="menu-item">{NAMES[format] ?? format.toUpperCase()}</MenuItem>)}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

async function save(of: Operation, query: Call['query']) {
  try {
    const response = await answered(of, { query })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = /"(.+)"/.exec(response.headers.get('Content-Disposition')!)![1]!
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  } catch (problem) {
    toast(problem instanceof Problem ? problem.detail : String(problem), { bad: true })
  }
}
