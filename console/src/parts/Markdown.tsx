import './markdown.css'

/** HTML that the server rendered and sanitised: the only place that sets HTML. */
export function Markdown({ html }: { html: string }) {
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}
