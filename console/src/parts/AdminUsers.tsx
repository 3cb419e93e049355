import { Button, Label } from '@patternfly/react-core'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useUser } from '../api/queries'
import { ActionMenu } from './ActionMenu'
import { Avatar } from './Avatar'
import { ConfirmByName } from './ConfirmByName'
import { CopyButton } from './CopyButton'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { Pager } from './ListToolbar'
import { accountProblem, passwordProblem } from './names'
import { Answer } from './States'
import { toast, toastError } from './toasts'
import { useListState } from './useListState'
import { useModal } from './useModal'

/** All users: make, disable, reset, delete. */
export default function AdminUsers() {
  const list = useListState('name')
  const modal = useModal()
  const queries = useQueryClient()
  const { data: me } = useUser()
  const query = useQuery({
    queryKey: keys.admin('users', list.page),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/superuser/users', { params: { query: { disabled: true, limit: 100, next_page: list.page } }, signal })),
  })
  const changed = () => queries.invalidateQueries({ queryKey: keys.admin('users') })
  const setEnabled = async (username: string, enabled: boolean) => {
    try {
      await ok(api.PUT('/api/v1/superuser/users/{username}', { params: { path: { username } }, body: { enabled } }))
      toast('success', enabled ? `${username} may sign in again` : `${username} is disabled`)
      await changed()
    } catch (error) {
      toastError(`${username} was not changed`, error)
    }
  }
  const name = modal.value('name')
  const remove = async () => {
    await ok(api.DELETE('/api/v1/superuser/users/{username}', { params: { path: { username: name } } }))
    toast('success', `${name} is deleted`)
    modal.close('name')
    await changed()
  }
  return (
    <>
      <div className="list-toolbar">
        <div className="list-toolbar-end">
          <Button onClick={() => modal.show('user-create')}>Create user</Button>
        </div>
      </div>
      <Answer query={query} what="the users">
        {({ users }) => (
          <DataTable
            label="Users"
            rows={users}
            rowKey={(row) => row.username}
            isStale={query.isPlaceholderData}
            columns={[
              {
                title: 'Name',
                render: (row) => (
                  <span className="named">
                    <Avatar avatar={row.avatar} />
                    <Link to={`/user/${row.username}`}>{row.username}</Link>
                  </span>
                ),
              },
              { title: 'E-mail', render: (row) => row.email || '–' },
              {
                title: 'State',
                render: (row) => (
                  <span className="badges">
                    <Label isCompact color={row.enabled ? 'green' : 'grey'}>
                      {row.enabled ? 'Enabled' : 'Disabled'}
                    </Label>
                    {row.super_user && (
                      <Label isCompact color="purple">
                        Superuser
                      </Label>
                    )}
                    {row.global_readonly_super_user && (
                      <Label isCompact color="purple">
                        Reads everything
                      </Label>
                    )}
                  </span>
                ),
              },
            ]}
            actions={(row) => (
              <ActionMenu
                label={`Actions for ${row.username}`}
                actions={[
                  { text: 'Set password', onClick: () => modal.show('user-password', { name: row.username }) },
                  {
                    text: row.enabled ? 'Disable' : 'Enable',
                    disabled: row.username === me?.username ? 'That is you' : undefined,
                    onClick: () => void setEnabled(row.username, !row.enabled),
                  },
                  {
                    text: 'Delete',
                    isDanger: true,
                    disabled: row.username === me?.username ? 'That is you' : undefined,
                    onClick: () => modal.show('user-delete', { name: row.username }),
                  },
                ]}
              />
            )}
          />
        )}
      </Answer>
      <Pager list={list} shown={query.data?.users.length ?? 0} nextPage={query.data?.next_page} />
      {modal.name === 'user-create' && <CreateUser onClose={modal.close} onDone={changed} />}
      {modal.name === 'user-password' && <SetPassword username={name} onClose={() => modal.close('name')} />}
      {modal.name === 'user-delete' && (
        <ConfirmByName title={`Delete ${name}?`} name={name} action="Delete" onConfirm={remove} onClose={() => modal.close('name')}>
          With the namespace {name}, its repositories and robot accounts. There is no way back.
        </ConfirmByName>
      )}
    </>
  )
}

function CreateUser({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<unknown> }) {
  const [username, setUsername] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState<string | null>(null)
  const problem = accountProblem(username)
  if (password !== null) {
    return (
      <Dialog title={`${username} is there`} onClose={onClose}>
        <p>This password is shown once:</p>
        <p>
          <code className="secret">{password}</code> <CopyButton text={password} what="password" />
        </p>
      </Dialog>
    )
  }
  const create = async () => {
    const made = await ok(api.POST('/api/v1/superuser/users', { body: { username, email: email || null } }))
    setPassword(made.password)
    await onDone()
  }
  return (
    <Dialog title="Create user" action="Create" isReady={username !== '' && !problem} onAction={create} onClose={onClose}>
      <Field label="User name" value={username} onChange={setUsername} problem={problem} isRequired />
      <Field label="E-mail" type="email" value={email} onChange={setEmail} />
    </Dialog>
  )
}

function SetPassword({ username, onClose }: { username: string; onClose: () => void }) {
  const [password, setPassword] = useState('')
  const weak = passwordProblem(password)
  const save = async () => {
    await ok(api.PUT('/api/v1/superuser/users/{username}', { params: { path: { username } }, body: { password } }))
    toast('success', `${username} has a new password`)
    onClose()
  }
  return (
    <Dialog title={`Password of ${username}`} action="Set" isReady={password !== '' && !weak} onAction={save} onClose={onClose}>
      <Field label="New password" type="password" value={password} onChange={setPassword} problem={weak} help="At least 8 characters." autoComplete="new-password" />
    </Dialog>
  )
}
