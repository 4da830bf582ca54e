// A field in which another thing is found by its name and chosen.
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components'
import type { Topic } from '../api/client'
import { useTexts } from '../texts'
import { listingOf } from './filters'
import type { Schema } from './form'
import { Needed } from './needed'
import { one } from './one'
import { resourceOf } from './resource'
import { useRows } from './rows'

/** What the ids of bodies are ids of. */
const topics: Record<string, Topic> = {
  CabinetId: 'organizations.cabinet',
  CustomerId: 'crm.customer',
  IssueId: 'support.issue',
  LicenseId: 'licensing.license',
  ProductId: 'catalog.product',
  PurchaseId: 'purchasing.purchase',
  ResourceId: 'scheduling.resource',
  ServiceId: 'scheduling.service',
  UserId: 'identity.user',
}

/** The topic whose ids a schema takes. */
export function pickedFrom({ $ref, oneOf, allOf }: Schema): Topic | undefined {
  if ($ref) return topics[$ref.slice($ref.lastIndexOf('/') + 1)]
  return [...(oneOf ?? []), ...(allOf ?? [])].map(pickedFrom).find(Boolean)
}

interface Props {
  topic: Topic
  label: string
  value?: string
  change: (id: string | undefined) => void
  required?: boolean
  hint?: string
  fault?: string
  /** Narrows what is offered. */
  among?: Record<string, string>
}

export function Pick({ topic, label, value, change, required, hint, fault, among }: Props) {
  const texts = useTexts()
  const resource = resourceOf(topic)!
  const [typed, setTyped] = useState<string>()
  const q = useDeferredValue(typed)
  const { rows } = useRows(topic, { ...among, q: listingOf(topic)?.finds ? q || undefined : undefined, limit: 20 })
  const offered = (rows as { id: string }[]).find(({ id }) => id === value)
  const chosen = useQuery({ ...one(topic, value ?? ''), enabled: value !== undefined && !offered })
  const named = (row: unknown) => resource.title(row as never)
  const shown = offered ?? (chosen.data?.data.id === value ? chosen.data?.data : undefined)
  const name = shown ? named(shown) : ''
  return (
    <ComboBox
      className="field"
      items={rows as { id: string }[]}
      inputValue={typed ?? name}
      onInputChange={(now) => setTyped(now === name ? undefined : now)}
      value={value ?? null}
      onChange={(id) => { setTyped(undefined); change((id as string | null) ?? undefined) }}
      onBlur={() => setTyped(undefined)}
      // Over what is wrong with it, nothing opens by itself.
      menuTrigger={fault === undefined ? 'focus' : 'input'}
      allowsEmptyCollection
      isRequired={required}
      isInvalid={fault !== undefined}
      validationBehavior="aria"
    >
      <Label className="label">{label}{required && <Needed />}</Label>
      <Input placeholder={texts.list.find} />
      {hint && <Text slot="description" className="hint">{hint}</Text>}
      <FieldError className="fault">{fault}</FieldError>
      <Popover className="popover picked">
        <ListBox<{ id: string }> renderEmptyState={() => <p className="hint">{texts.palette.empty}</p>}>
          {(row) => <ListBoxItem id={row.id} className="menu-item" textValue={named(row)}>{named(row)}</ListBoxItem>}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
