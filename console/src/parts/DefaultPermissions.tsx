import { Button } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { ActionMenu } from './ActionMenu'
import { Choice, ROLES } from './Choice'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { EntityField, isTeam } from './EntityField'
import { Answer, Empty } from './States'
import { toast, toastError } from './toasts'
import { useModal } from './useModal'

type Role = (typeof ROLES)[number][0]

/** What new repositories of an organization grant by themselves. */
export default function DefaultPermissions({ organization }: { organization: string }) {
  const modal = useModal()
  const queries = useQueryClient()
  const key = keys.organization(organization, 'prototypes')
  const path = { orgname: organization }
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ok(api.GET('/api/v1/organization/{orgname}/prototypes', { params: { path }, signal })),
  })
  const changed = () => queries.invalidateQueries({ queryKey: key })
  const setRole = async (id: string, role: Role) => {
    try {
      await ok(api.PUT('/api/v1/organization/{orgname}/prototypes/{prototypeid}', { params: { path: { ...path, prototypeid: id } }, body: { role } }))
      await changed()
    } catch (error) {
      toastError('The role was not changed', error)
    }
  }
  const remove = async () => {
    await ok(
      api.DELETE('/api/v1/organization/{orgname}/prototypes/{prototypeid}', { params: { path: { ...path, prototypeid: modal.value('id') } } }),
    )
    toast('success', 'The default permission is deleted')
    modal.close('id')
    await changed()
  }
  const create = <Button onClick={() => modal.show('default-create')}>Add default permission</Button>
  return (
    <>
      <div className="list-toolbar">
        <div className="list-toolbar-end">{create}</div>
      </div>
      <Answer query={query} what="the default permissions">
        {({ prototypes }) =>
          prototypes.length > 0 ? (
            <DataTable
              label="Default permissions"
              rows={prototypes}
              rowKey={(row) => row.id}
              columns={[
                { title: 'When created by', render: (row) => row.activating_user?.name ?? 'anybody' },
                { title: 'Granted to', render: (row) => `${row.delegate.name} (${kindOf(row.delegate)})` },
                {
                  title: 'Role',
                  render: (row) => (
                    <Choice
                      isBare
                      label={`Role of ${row.delegate.name}`}
                      value={row.role as Role}
                      options={ROLES}
                      onChange={(role) => void setRole(row.id, role)}
                    />
                  ),
                },
              ]}
              actions={(row) => (
                <ActionMenu
                  label={`Actions for ${row.delegate.name}`}
                  actions={[{ text: 'Delete', isDanger: true, onClick: () => modal.show('default-delete', { id: row.id }) }]}
                />
              )}
            />
          ) : (
            <Empty title="No default permissions" actions={create}>
              A new repository belongs to whoever made it. Default permissions give others a role in it as well.
            </Empty>
          )
        }
      </Answer>
      {modal.name === 'default-create' && <AddPermission organization={organization} onClose={modal.close} onDone={changed} />}
      {modal.name === 'default-delete' && (
        <Dialog title="Delete this default permission?" action="Delete" isDanger onAction={remove} onClose={() => modal.close('id')}>
          <p>Repositories that exist keep their permissions.</p>
        </Dialog>
      )}
    </>
  )
}

function kindOf({ kind, is_robot }: { kind: string; is_robot?: boolean }): string {
  return is_robot ? 'robot' : kind
}

interface AddProps {
  organization: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

function AddPermission({ organization, onClose, onDone }: AddProps) {
  const [delegate, setDelegate] = useState('')
  const [creator, setCreator] = useState('')
  const [role, setRole] = useState<Role>('read')
  const add = async () => {
    const kind: 'team' | 'user' = (await isTeam(organization, delegate)) ? 'team' : 'user'
    const body = { role, delegate: { name: delegate, kind }, activating_user: creator ? { name: creator } : null }
    await ok(api.POST('/api/v1/organization/{orgname}/prototypes', { params: { path: { orgname: organization } }, body }))
    onClose()
    await onDone()
  }
  return (
    <Dialog title="Add default permission" action="Add" isReady={delegate !== ''} onAction={add} onClose={onClose}>
      <EntityField
        label="Granted to (user, robot or team)"
        namespace={organization}
        withTeams
        value={delegate}
        onChange={setDelegate}
      />
      <Choice label="Role" value={role} options={ROLES} onChange={setRole} />
      <EntityField label="Only when created by (optional)" namespace={organization} value={creator} onChange={setCreator} />
    </Dialog>
  )
}
