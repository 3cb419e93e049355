import { useState } from 'react'
import { api, ok } from '../api/client'
import { useUser } from '../api/queries'
import { Choice, VISIBILITIES } from './Choice'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { repositoryProblem } from './names'
import { PushCommands, type PushedKind } from './PushCommands'

const KINDS = [
  ['chart', 'Helm charts'],
  ['image', 'Images'],
  ['artifact', 'Other artifacts'],
] as const

interface Props {
  namespace?: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

/** A repository by name; then how to fill it. */
export default function CreateRepository({ namespace, onClose, onDone }: Props) {
  const { data: user } = useUser()
  const places = [
    ...(user ? [user.username] : []),
    ...(user?.organizations ?? []).filter((one) => one.can_create_repo).map((one) => one.name),
  ]
  const [place, setPlace] = useState(namespace ?? user?.username ?? '')
  const [name, setName] = useState('')
  const [visibility, setVisibility] = useState<'private' | 'public'>('private')
  const [kind, setKind] = useState<PushedKind>('chart')
  const [made, setMade] = useState(false)
  const problem = repositoryProblem(name)
  if (made) {
    return (
      <Dialog title={`${place}/${name} is there`} onClose={onClose} size="medium">
        <p>This is how it is filled:</p>
        <PushCommands namespace={place} repository={name} kind={kind} />
      </Dialog>
    )
  }
  const create = async () => {
    await ok(api.POST('/api/v1/repository', { body: { namespace: place, repository: name, visibility, description: '' } }))
    setMade(true)
    await onDone()
  }
  return (
    <Dialog title="Create repository" action="Create" isReady={name !== '' && !problem} onAction={create} onClose={onClose}>
      {!namespace && (
        <Choice label="Namespace" value={place} options={places.map((one) => [one, one] as const)} onChange={setPlace} />
      )}
      <Field
        label="Name"
        value={name}
        onChange={setName}
        problem={problem}
        help={`As in ${place}/name. A push makes repositories too. A chart's repository has the chart's name.`}
        isRequired
      />
      <Choice label="Visibility" value={visibility} options={VISIBILITIES} onChange={setVisibility} />
      <Choice label="What will be pushed" value={kind} options={KINDS} onChange={setKind} />
    </Dialog>
  )
}
