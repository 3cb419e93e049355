import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { ApiError, messageOf } from '../api/errors'

interface Props {
  title: string
  onClose: () => void
  children: ReactNode
  /** The button that does it; without one the dialog only shows something. */
  action?: string
  isDanger?: boolean
  isReady?: boolean
  onAction?: () => Promise<unknown>
  size?: 'small' | 'medium' | 'large'
}

const FIELDS = '#dialog-form :is(input, textarea, select)'
// In a dialog without fields the close button, never what the dialog warns of.
const FIRST = `${FIELDS}, [role=dialog]:not(:has(${FIELDS})) button`

/** A dialog with a form: Enter does it, Escape closes it, a refusal is shown in it. */
export function Dialog(props: Props) {
  const { title, onClose, children, action, isDanger, isReady = true, onAction, size = 'small' } = props
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!isReady || isBusy || !onAction) return
    setBusy(true)
    setError(null)
    try {
      await onAction()
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal isOpen variant={size} onClose={onClose} aria-label={title} elementToFocus={FIRST}>
      <ModalHeader title={title} titleIconVariant={isDanger ? 'warning' : undefined} />
      <ModalBody>
        <form id="dialog-form" className="dialog-form" onSubmit={(event) => void submit(event)}>
          {error !== null && <Refusal error={error} />}
          {children}
        </form>
      </ModalBody>
      <ModalFooter>
        {action && (
          <Button
            type="submit"
            form="dialog-form"
            variant={isDanger ? 'danger' : 'primary'}
            isDisabled={!isReady || isBusy}
            isLoading={isBusy}
          >
            {action}
          </Button>
        )}
        <Button variant={action ? 'link' : 'primary'} onClick={onClose}>
          {action ? 'Cancel' : 'Close'}
        </Button>
      </ModalFooter>
    </Modal>
  )
}

export function Refusal({ error }: { error: unknown }) {
  const requestId = error instanceof ApiError ? error.requestId : null
  return (
    <Alert isInline variant="danger" title={messageOf(error)}>
      {requestId && <small>Request {requestId}</small>}
    </Alert>
  )
}
