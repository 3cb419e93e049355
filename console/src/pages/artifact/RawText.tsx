/** A file as it was pushed. */
export function RawText({ text, label }: { text: string; label: string }) {
  return (
    // What scrolls can be reached with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="file-text" tabIndex={0} aria-label={label}>
      {text}
    </pre>
  )
}

/** Give the browser a text to keep as a file. */
export function saved(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
