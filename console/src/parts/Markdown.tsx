import { useEffect, useRef } from 'react'
import './markdown.css'

/** HTML that the server rendered and sanitised: the only place that sets HTML. */
export function Markdown({ html }: { html: string }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // What scrolls can be reached with the keyboard.
    for (const wide of box.current?.querySelectorAll<HTMLElement>('pre, table') ?? []) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0
    }
  }, [html])
  return <div ref={box} className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}
