import { Dialog } from './Dialog'
import { removeRobot, shortName, type Place } from './robotCalls'
import { toast } from './toasts'

interface Props extends Place {
  name: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

export default function RemoveRobot({ name, onClose, onDone, ...place }: Props) {
  const remove = async () => {
    await removeRobot(place, shortName(name))
    toast('success', `${name} is deleted`)
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Delete ${name}?`} action="Delete" isDanger onAction={remove} onClose={onClose}>
      <p>Whatever signs in with it is refused at once. A robot made later with this name has another token.</p>
    </Dialog>
  )
}
