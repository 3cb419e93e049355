import { useEffect, useRef } from 'react'
import './markdown.css'

/** HTML that the server rendered and sanitised: the only place that sets HTML. */
export function Markdown({ html }: { html: string }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!box.current) return undefined
    // What scrolls can be reached with the keyboard.
    const wide = [...box.current.querySelectorAll<HTMLElement>('pre, table')]
    const observer = new ResizeObserver(() => {
      for (const one of wide) {
        if (one.scrollWidth > one.clientWidth) one.tabIndex = 0
        else one.removeAttribute('tabindex')
      }
    })
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [html])
  return <div ref={box} className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}
