import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, ok } from '../api/client'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { accountProblem } from './names'
import { PushCommands } from './PushCommands'

interface Props {
  onClose: () => void
  onDone: () => Promise<unknown>
}

/** An organization by name; then how to push into it. */
export default function CreateOrganization({ onClose, onDone }: Props) {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [made, setMade] = useState(false)
  const problem = accountProblem(name)
  if (made) {
    return (
      <Dialog
        title={`The organization ${name} is there`}
        action="Open it"
        onAction={async () => void (await navigate(`/organization/${name}`))}
        onClose={onClose}
        size="medium"
      >
        <p>A push makes a repository in it:</p>
        <PushCommands namespace={name} />
      </Dialog>
    )
  }
  const create = async () => {
    await ok(api.POST('/api/v1/organization', { body: { name, email: email || null } }))
    setMade(true)
    await onDone()
  }
  return (
    <Dialog title="Create organization" action="Create" isReady={name !== '' && !problem} onAction={create} onClose={onClose}>
      <Field
        label="Name"
        value={name}
        onChange={setName}
        problem={problem}
        help="The first part of every reference: HOST/NAME/REPOSITORY. It cannot be changed later."
        isRequired
      />
      <Field label="E-mail" type="email" value={email} onChange={setEmail} help="Where to ask about it." />
    </Dialog>
  )
}
