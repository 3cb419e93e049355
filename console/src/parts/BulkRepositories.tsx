import { useState } from 'react'
import { api, ok } from '../api/client'
import { each } from './bulk'
import { Choice, VISIBILITIES } from './Choice'
import { ConfirmByName } from './ConfirmByName'
import { Dialog } from './Dialog'
import { counted } from './format'

interface Props {
  names: string[]
  action: 'delete' | 'visibility'
  onClose: () => void
  onDone: () => Promise<unknown>
}

/** The same for all chosen repositories; each that fails is named. */
export default function BulkRepositories({ names, action, onClose, onDone }: Props) {
  const [visibility, setVisibility] = useState<'private' | 'public'>('private')
  const all = counted(names.length, 'repository', 'repositories')
  const end = async () => {
    onClose()
    await onDone()
  }
  const remove = async () => {
    await each(
      names,
      (repository) => ok(api.DELETE('/api/v1/repository/{repository}', { params: { path: { repository } } })),
      String,
      (count) => `${counted(count, 'repository', 'repositories')} deleted`,
    )
    await end()
  }
  const change = async () => {
    await each(
      names,
      (repository) =>
        ok(api.POST('/api/v1/repository/{repository}/changevisibility', { params: { path: { repository } }, body: { visibility } })),
      String,
      (count) => `${counted(count, 'repository', 'repositories')} ${visibility} now`,
    )
    await end()
  }
  const listed = (
    <ul className="named-list">
      {names.map((name) => (
        <li key={name}>
          <code>{name}</code>
        </li>
      ))}
    </ul>
  )
  if (action === 'delete') {
    return (
      <ConfirmByName title={`Delete ${all}?`} name={`delete ${names.length}`} action="Delete" onConfirm={remove} onClose={onClose}>
        <p>With all their tags. There is no way back.</p>
        {listed}
      </ConfirmByName>
    )
  }
  return (
    <Dialog title={`Visibility of ${all}`} action="Change" onAction={change} onClose={onClose}>
      <Choice label="Visibility" value={visibility} options={VISIBILITIES} onChange={setVisibility} />
      {listed}
    </Dialog>
  )
}
