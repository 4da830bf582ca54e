// A list or a report as it was at a moment, where the contract offers that: the moment is in the address.
import { History as Clock, X } from 'lucide-react'
import { useState } from 'react'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { useMe } from '../api/rights'
import { useFormats, useReader, useTexts } from '../texts'
import { useNarrowed, type Listing } from './filters'
import { momentOf, wallClock } from './zone'
import './past.css'

/** The moment at which it is looked at, if that is not now. */
export function useAsOf(listing: Listing | undefined): string | undefined {
  const [{ as_of: asOf }] = useNarrowed()
  return listing?.past && asOf !== undefined ? String(asOf) : undefined
}

/** The way into the past, for those who may see what happened. */
export function ChooseMoment({ of }: { of: Listing | undefined }) {
  const texts = useTexts()
  const { zone } = useReader()
  const me = useMe()
  const [, set] = useNarrowed()
  const now = wallClock(new Date(), zone).slice(0, 16)
  const [moment, setMoment] = useState(now)
  if (!of?.past || me?.rights.history === undefined) return null
  return (
    <DialogTrigger>
      <Button className="button quiet" aria-label={texts.past.open}><Clock size={16} /></Button>
      <Popover className="popover" placement="bottom end">
        <Dialog aria-label={texts.past.open}>
          <form onSubmit={(event) => { event.preventDefault(); set({ as_of: momentOf(moment, zone) }) }}>
            <label className="field"><span className="label">{texts.past.open}</span><input type="datetime-local" required autoFocus max={now} value={moment} onChange={(event) => setMoment(event.target.value)} /></label>
            <div className="row-end"><Button type="submit" className="button first" isDisabled={!moment}>{texts.past.show}</Button></div>
          </form>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

/** The bar over what was; `at` is when that was, as the answer says. */
export function AsOf({ at }: { at: string | undefined }) {
  const texts = useTexts()
  const formats = useFormats()
  const [, set] = useNarrowed()
  return (
    <div className="past">
      <p role="status"><Clock size={16} aria-hidden="true" /><strong>{texts.past.asOf(at ? formats.moment(at) : '…')}</strong> <span>{texts.past.fixed}</span></p>
      <Button className="button" onPress={() => set({ as_of: undefined })}><X size={16} /> {texts.past.back}</Button>
    </div>
  )
}
