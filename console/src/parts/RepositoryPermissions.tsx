import { Button, Title } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { Avatar } from './Avatar'
import { Choice, ROLES } from './Choice'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { EntityField, isTeam } from './EntityField'
import { Answer } from './States'
import { toast, toastError } from './toasts'
import { useModal } from './useModal'

type Role = (typeof ROLES)[number][0]

interface Holder {
  name: string
  kind: 'user' | 'robot' | 'team'
  role: string
  avatar: { name: string; color: string; kind: string }
}

interface Props {
  name: string
  namespace: string
  isOrganization: boolean
}

/** Users, robots and teams with a role in the repository. */
export function RepositoryPermissions({ name, namespace, isOrganization }: Props) {
  const modal = useModal()
  const queries = useQueryClient()
  const key = keys.repository(name, 'permissions')
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => holders(name, signal) })
  const act = async (change: Promise<unknown>, done: string) => {
    try {
      await change
      toast('success', done)
      await queries.invalidateQueries({ queryKey: key })
    } catch (error) {
      toastError('The permission was not changed', error)
    }
  }
  return (
    <section>
      <div className="list-toolbar">
        <Title headingLevel="h2" size="lg">
          Permissions
        </Title>
        <div className="list-toolbar-end">
          <Button onClick={() => modal.show('permission-add')}>Give a role</Button>
        </div>
      </div>
      <Answer query={query} what="the permissions" rows={3}>
        {(found) =>
          found.length > 0 ? (
            <DataTable
              label="Permissions"
              rows={found}
              rowKey={(row) => `${row.kind} ${row.name}`}
              columns={[
                {
                  title: 'Name',
                  render: (row) => (
                    <span className="named">
                      <Avatar avatar={row.avatar} />
                      {row.name}
                    </span>
                  ),
                },
                { title: 'Kind', render: (row) => row.kind },
                {
                  title: 'Role',
                  render: (row) => (
                    <Choice
                      isBare
                      label={`Role of ${row.name}`}
                      value={row.role as Role}
                      options={ROLES}
                      onChange={(role) => void act(give(name, row.kind, row.name, role), `${row.name} has ${role} now`)}
                    />
                  ),
                },
              ]}
              actions={(row) => (
                <Button variant="link" isInline isDanger onClick={() => void act(take(name, row), `${row.name} has no role any more`)}>
                  Remove<span className="off-screen"> {row.name}</span>
                </Button>
              )}
            />
          ) : (
            <p className="quiet">Nobody but {isOrganization ? `the administrators of ${namespace}` : namespace}.</p>
          )
        }
      </Answer>
      {modal.name === 'permission-add' && (
        <GiveRole
          name={name}
          namespace={namespace}
          withTeams={isOrganization}
          onClose={modal.close}
          onDone={() => queries.invalidateQueries({ queryKey: key })}
        />
      )}
    </section>
  )
}

async function holders(repository: string, signal: AbortSignal): Promise<Holder[]> {
  const params = { path: { repository } }
  const [users, teams] = await Promise.all([
    ok(api.GET('/api/v1/repository/{repository}/permissions/user', { params, signal })),
    ok(api.GET('/api/v1/repository/{repository}/permissions/team', { params, signal })),
  ])
  return [
    ...Object.values(teams.permissions).map((one): Holder => ({ ...one, kind: 'team' })),
    ...Object.values(users.permissions).map((one): Holder => ({ ...one, kind: one.is_robot ? 'robot' : 'user' })),
  ]
}

function give(repository: string, kind: Holder['kind'], name: string, role: Role) {
  return kind === 'team'
    ? ok(
        api.PUT('/api/v1/repository/{repository}/permissions/team/{teamname}', {
          params: { path: { repository, teamname: name } },
          body: { role },
        }),
      )
    : ok(
        api.PUT('/api/v1/repository/{repository}/permissions/user/{username}', {
          params: { path: { repository, username: name } },
          body: { role },
        }),
      )
}

function take(repository: string, { kind, name }: Holder) {
  return kind === 'team'
    ? ok(api.DELETE('/api/v1/repository/{repository}/permissions/team/{teamname}', { params: { path: { repository, teamname: name } } }))
    : ok(api.DELETE('/api/v1/repository/{repository}/permissions/user/{username}', { params: { path: { repository, username: name } } }))
}

interface GiveProps {
  name: string
  namespace: string
  withTeams: boolean
  onClose: () => void
  onDone: () => Promise<unknown>
}

function GiveRole({ name, namespace, withTeams, onClose, onDone }: GiveProps) {
  const [who, setWho] = useState('')
  const [role, setRole] = useState<Role>('read')
  const save = async () => {
    const kind = withTeams && (await isTeam(namespace, who)) ? 'team' : 'user'
    await give(name, kind, who, role)
    toast('success', `${who} has ${role} now`)
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Give a role in ${name}`} action="Give" isReady={who !== ''} onAction={save} onClose={onClose}>
      <EntityField
        label={withTeams ? 'User, robot account or team' : 'User or robot account'}
        namespace={namespace}
        withTeams={withTeams}
        value={who}
        onChange={setWho}
      />
      <Choice label="Role" value={role} options={ROLES} onChange={setRole} />
    </Dialog>
  )
}
