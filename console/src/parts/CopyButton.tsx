import { Button } from '@patternfly/react-core'
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-icon'
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon'
import { useEffect, useState } from 'react'
import { announce } from './announce'
import { toast } from './toasts'

const SHOWN_MS = 2000

interface Props {
  text: string
  /** What is copied: `helm command for 1.2.3`. */
  what: string
  label?: string
}

/** Copies exactly `text`. */
export function CopyButton({ text, what, label }: Props) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const onClick = async () => {
    if (await copyText(text)) {
      setCopied(true)
      announce(`Copied ${what}`)
    } else {
      toast('info', 'The browser does not let this page copy', text)
    }
  }
  return (
    <Button
      variant={label ? 'secondary' : 'plain'}
      size="sm"
      icon={isCopied ? <CheckIcon /> : <CopyIcon />}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => void onClick()}
    >
      {label}
    </Button>
  )
}

/** On plain http there is no clipboard API: a selected field is copied instead. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard && isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copySelected(text),
    )
  }
  return copySelected(text)
}

function copySelected(text: string): boolean {
  const field = document.createElement('textarea')
  const opener = document.activeElement
  field.value = text
  field.className = 'off-screen'
  // Inside an open dialog, or its focus trap takes the focus back before the copy.
  ;(opener?.closest('[role=dialog]') ?? document.body).append(field)
  field.select()
  const isDone = document.execCommand('copy')
  field.remove()
  if (opener instanceof HTMLElement) opener.focus()
  return isDone
}
