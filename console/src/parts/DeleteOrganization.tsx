import { api, ok } from '../api/client'
import { ConfirmByName } from './ConfirmByName'
import { toast } from './toasts'

interface Props {
  name: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

export default function DeleteOrganization({ name, onClose, onDone }: Props) {
  const remove = async () => {
    await ok(api.DELETE('/api/v1/organization/{orgname}', { params: { path: { orgname: name } } }))
    toast('success', `The organization ${name} is deleted`)
    onClose()
    await onDone()
  }
  return (
    <ConfirmByName title={`Delete ${name}?`} name={name} action="Delete" onConfirm={remove} onClose={onClose}>
      With all its repositories, teams and robot accounts. There is no way back.
    </ConfirmByName>
  )
}
