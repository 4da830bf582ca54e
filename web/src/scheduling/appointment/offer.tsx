// What can be booked, by category, with how long it takes and what it costs; once chosen, that alone.
import { X } from 'lucide-react'
import { Button } from 'react-aria-components'
import { Price } from '../service/price'
import { textOf } from '../service/spoken'
import type { Service } from './queries'
import { useTexts } from './texts'

interface Props {
  of: Service[]
  chosen?: string
  choose: (service?: string) => void
}

export function Offer({ of, chosen, choose }: Props) {
  const texts = useTexts()
  const found = of.find(({ id }) => id === chosen)
  if (found) {
    return (
      <div className="chosen-customer">
        <About of={found} />
        <Button className="button quiet" aria-label={texts.anotherService} onPress={() => choose(undefined)}><X size={16} /></Button>
      </div>
    )
  }
  return (
    <div className="offer" role="group" aria-label={texts.service}>
      {[...Map.groupBy(of, (one) => textOf(one).category ?? '')].map(([category, group]) => (
        <section key={category} aria-label={category || texts.service}>
          <h3>{category || texts.service}</h3>
          {group.map((one) => <Button key={one.id} className="choice" onPress={() => choose(one.id)}><About of={one} /></Button>)}
        </section>
      ))}
    </div>
  )
}

function About({ of }: { of: Service }) {
  const texts = useTexts()
  return (
    <>
      <span className="what"><strong>{textOf(of).name}</strong><small>{texts.minutes(of.duration_minutes)}{!of.auto_confirm && ` · ${texts.weConfirm}`}</small></span>
      <Price of={of} />
    </>
  )
}
