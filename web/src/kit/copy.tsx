// Text that is taken elsewhere: it is copied as it stands.
import { Check, Copy as Icon } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTexts } from '../texts'
import './copy.css'

/** `about`: what it copies, where there are several. */
export function Copy({ text, about }: { text: string; about?: string }) {
  const { once: texts } = useTexts()
  const [taken, setTaken] = useState<string>()
  const copied = taken === text
  const copy = () => void navigator.clipboard.writeText(text).then(() => setTaken(text))
  const name = copied ? texts.copied : texts.copy
  return <Button className="button" aria-label={about && `${name}: ${about}`} onPress={copy}>{copied ? <Check size={16} /> : <Icon size={16} />} {name}</Button>
}

/** What one types elsewhere: in a shell, in SQL. */
export function Code({ text, about }: { text: string; about: string }) {
  return (
    <figure className="code">
      <figcaption>{about}</figcaption>
      <pre lang="en" tabIndex={0} aria-label={about}>{text}</pre>
      <Copy text={text} about={about} />
    </figure>
  )
}
