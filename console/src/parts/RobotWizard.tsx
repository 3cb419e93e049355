import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { Choice, ROLES } from './Choice'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { Logins } from './Logins'
import { accountProblem } from './names'
import { createRobot, type Place } from './robotCalls'
import { toastError } from './toasts'

type Role = (typeof ROLES)[number][0]

interface Props extends Place {
  onClose: () => void
  onDone: () => Promise<unknown>
}

/** Name, then rights, then the token with what it is used by. */
export default function RobotWizard({ namespace, isOrganization, onClose, onDone }: Props) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [role, setRole] = useState<Role>('read')
  const [made, setMade] = useState<{ name: string; token: string } | null>(null)
  const problem = accountProblem(name)
  const repositories = useQuery({
    queryKey: keys.namespace(namespace, 'names'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/repository', { params: { query: { namespace, limit: 1000 } }, signal })),
  })
  const create = async () => {
    const robot = await createRobot({ namespace, isOrganization }, name, description)
    for (const repository of chosen) {
      const path = { repository: `${namespace}/${repository}`, username: robot.name }
      await ok(api.PUT('/api/v1/repository/{repository}/permissions/user/{username}', { params: { path }, body: { role } })).catch(
        (error: unknown) => toastError(`${repository} was not given to ${robot.name}`, error),
      )
    }
    setMade(robot)
    await onDone()
  }
  if (made) {
    return (
      <Dialog title={`${made.name} is there`} onClose={onClose} size="medium">
        <Logins username={made.name} token={made.token} namespace={namespace} />
      </Dialog>
    )
  }
  const flip = (one: string) =>
    setChosen((now) => (now.has(one) ? new Set([...now].filter((other) => other !== one)) : new Set([...now, one])))
  const found = repositories.data?.repositories ?? []
  return (
    <Dialog title="Create robot account" action="Create" isReady={name !== '' && !problem} onAction={create} onClose={onClose} size="medium">
      <Field label="Name" value={name} onChange={setName} problem={problem} help={`It signs in as ${namespace}+${name || 'NAME'}.`} isRequired />
      <Field label="Description" value={description} onChange={setDescription} help="Where it is used." />
      {found.length > 0 && (
        <fieldset className="choices">
          <legend>Repositories that it may use</legend>
          {found.map((one) => (
            <label key={one.name}>
              <input type="checkbox" checked={chosen.has(one.name)} onChange={() => flip(one.name)} /> {one.name}
            </label>
          ))}
        </fieldset>
      )}
      {chosen.size > 0 && <Choice label="Role there" value={role} options={ROLES} onChange={setRole} />}
    </Dialog>
  )
}
