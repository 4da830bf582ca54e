// How long a time is still held.
import { useEffect, useEffectEvent, useState } from 'react'
import { useTexts } from './texts'

export function Hold({ until, over }: { until: string; over: () => void }) {
  const texts = useTexts()
  const left = () => Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000))
  const [seconds, setSeconds] = useState(left)
  const tick = useEffectEvent(() => {
    setSeconds(left())
    if (left() === 0) over()
  })
  useEffect(() => {
    const timer = setInterval(() => tick(), 1000)
    return () => clearInterval(timer)
  }, [])
  return <span className="hold" role="timer">{texts.heldFor(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`)}</span>
}
