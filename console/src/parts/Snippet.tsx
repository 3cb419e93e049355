import { CopyButton } from './CopyButton'

/** A command or file to copy. */
export function Snippet({ text, what, label }: { text: string; what: string; label?: string }) {
  return (
    <figure className="snippet">
      {label && <figcaption>{label}</figcaption>}
      <div className="snippet-box">
        {/* A long line scrolls, and what scrolls can be reached with the keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre tabIndex={0} aria-label={what}>
          {text}
        </pre>
        <CopyButton text={text} what={what} />
      </div>
    </figure>
  )
}
