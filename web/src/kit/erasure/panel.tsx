// Where somebody is erased: at the end of what is known of them, for who may do it.
import { Eraser } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { Section } from '../related'
import { actOf } from '../../texts'
import { EraseDialog } from './dialog'
import { useTexts } from './texts'

interface Props {
  id: string
  /** A person has one as long as they are not erased. */
  name: string | null | undefined
}

function Erasure({ id, name }: Props) {
  const texts = useTexts()
  const me = useMe()
  const [erasing, setErasing] = useState<string>()
  const offered = name && me !== undefined && me.user !== id && may(me.rights, 'platform.subject.erase')
  // What is left is told until the dialogue is closed, when the name is gone.
  if (!offered && !erasing) return null
  return (
    <Section title={texts.title} more={offered && <Button className="button" onPress={() => setErasing(name)}><Eraser size={16} /> {actOf('platform.subject.erase')}</Button>}>
      <p>{texts.offer}</p>
      {erasing && <EraseDialog id={id} name={erasing} close={() => setErasing(undefined)} />}
    </Section>
  )
}

export const ErasureOfCustomer = ({ row }: { row: Row<'crm.customer'> }) => <Erasure id={row.id} name={row.display_name} />
export const ErasureOfUser = ({ row }: { row: Row<'identity.user'> }) => <Erasure id={row.id} name={row.name ?? row.email} />
