// How a document would look by a text that is not published: nothing of it is kept.
import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { answered } from '../../api/client'
import { actOf, fieldOf } from '../../texts'
import type { About } from './editor'
import { useTexts } from './texts'

const Pick = lazy(async () => ({ default: (await import('../../kit/pick')).Pick }))

/** No tools beside the page, which is as wide as its frame. */
const VIEW = '#toolbar=0&navpanes=0&view=FitH'

/** The choice of what it is a document of, the way to make it, and the document as it was made last. */
export function usePreview({ kind, language, product, text }: About & { text: string }) {
  const texts = useTexts()
  const [license, setLicense] = useState<string>()
  const make = useMutation({
    mutationFn: async () => URL.createObjectURL(await (await answered('documents.template.preview', { body: { kind, language, text, license } })).blob()),
  })
  const address = make.data
  const shown = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!address) return
    shown.current!.scrollIntoView({ block: 'nearest' })
    return () => URL.revokeObjectURL(address)
  }, [address])
  // Phones have no place for a document within a page.
  const frame = navigator.pdfViewerEnabled ? <iframe className="template-preview" src={`${address}${VIEW}`} title={actOf('documents.template.preview')} /> : <a className="button" href={address} target="_blank">{texts.openPreview}</a>
  return {
    show: () => make.mutate(),
    forget: () => make.reset(),
    isPending: make.isPending,
    error: make.error,
    chooser: <Suspense><Pick topic="licensing.license" label={fieldOf('license')} value={license} change={setLicense} among={product ? { 'filter[product_id]': product } : undefined} hint={texts.sample} /></Suspense>,
    shown: address && <div ref={shown}>{frame}</div>,
  }
}
