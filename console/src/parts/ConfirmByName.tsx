import { type ReactNode, useState } from 'react'
import { Dialog } from './Dialog'
import { Field } from './Field'

interface Props {
  title: string
  /** What has to be typed. */
  name: string
  action: string
  children: ReactNode
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** For what cannot be undone: the name is typed before the button works. */
export function ConfirmByName({ title, name, action, children, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState('')
  return (
    <Dialog title={title} action={action} isDanger isReady={typed === name} onAction={onConfirm} onClose={onClose}>
      <div>{children}</div>
      <Field label={`Type ${name} to confirm`} value={typed} onChange={setTyped} />
    </Dialog>
  )
}
