import { Button, Form, Title } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { type User, useFeature } from '../api/queries'
import { setTheme, theme, type Theme } from '../theme'
import { ActionMenu } from './ActionMenu'
import { Choice } from './Choice'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { Logins } from './Logins'
import { TagExpiration } from './NamespaceSettings'
import { passwordProblem } from './names'
import { CLIENTS, usePreferredClient } from './preferredClient'
import { RelativeTime } from './RelativeTime'
import { Answer, Empty } from './States'
import { toast, toastError } from './toasts'
import { useModal } from './useModal'

const THEMES = [
  ['system', 'As the system has it'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const

/** Profile, password, application tokens, and how the console looks. */
export default function UserSettings({ user }: { user: User }) {
  const hasTokens = useFeature('APP_SPECIFIC_TOKENS')
  return (
    <div className="stack">
      {hasTokens && <Tokens />}
      <div className="stack narrow">
        <Profile user={user} />
        <Password />
        <Looks />
      </div>
    </div>
  )
}

function Profile({ user }: { user: User }) {
  const queries = useQueryClient()
  const [email, setEmail] = useState(user.email ?? '')
  const [given, setGiven] = useState(user.given_name ?? '')
  const [family, setFamily] = useState(user.family_name ?? '')
  const [company, setCompany] = useState(user.company ?? '')
  const [seconds, setSeconds] = useState(String(user.tag_expiration_s ?? ''))
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const body = { email, given_name: given, family_name: family, company, tag_expiration_s: Number(seconds) }
    try {
      await ok(api.PUT('/api/v1/user', { body }))
      toast('success', 'The profile is saved')
      await queries.invalidateQueries({ queryKey: keys.user })
    } catch (error) {
      toastError('The profile was not saved', error)
    }
  }
  return (
    <section>
      <Title headingLevel="h2" size="lg">
        Profile
      </Title>
      <Form onSubmit={(event) => void save(event)}>
        <Field label="E-mail" type="email" value={email} onChange={setEmail} autoComplete="email" />
        <Field label="Given name" value={given} onChange={setGiven} autoComplete="given-name" />
        <Field label="Family name" value={family} onChange={setFamily} autoComplete="family-name" />
        <Field label="Company" value={company} onChange={setCompany} autoComplete="organization" />
        <TagExpiration value={seconds} onChange={setSeconds} />
        <div>
          <Button type="submit">Save profile</Button>
        </div>
      </Form>
    </section>
  )
}

function Password() {
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const weak = passwordProblem(password)
  const differs = repeated !== '' && repeated !== password ? 'The two passwords differ.' : undefined
  const save = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await ok(api.PUT('/api/v1/user', { body: { password } }))
      toast('success', 'The password is changed')
      setPassword('')
      setRepeated('')
    } catch (error) {
      toastError('The password was not changed', error)
    }
  }
  return (
    <section>
      <Title headingLevel="h2" size="lg">
        Password
      </Title>
      <Form onSubmit={(event) => void save(event)}>
        <Field label="New password" type="password" value={password} onChange={setPassword} problem={weak} help="At least 8 characters." autoComplete="new-password" />
        <Field label="New password again" type="password" value={repeated} onChange={setRepeated} problem={differs} autoComplete="new-password" />
        <div>
          <Button type="submit" isDisabled={!password || password !== repeated || Boolean(weak)}>
            Change password
          </Button>
        </div>
      </Form>
    </section>
  )
}

function Looks() {
  const [chosen, setChosen] = useState<Theme>(theme())
  const [client, setClient] = usePreferredClient()
  return (
    <section>
      <Title headingLevel="h2" size="lg">
        In this browser
      </Title>
      <Form>
        <Choice
          label="Theme"
          value={chosen}
          options={THEMES}
          onChange={(next) => {
            setTheme(next)
            setChosen(next)
          }}
        />
        <Choice label="Client whose commands come first" value={client} options={CLIENTS} onChange={setClient} />
      </Form>
    </section>
  )
}

function Tokens() {
  const modal = useModal()
  const queries = useQueryClient()
  const key = keys.own('tokens')
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => ok(api.GET('/api/v1/user/apptoken', { signal })) })
  const changed = () => queries.invalidateQueries({ queryKey: key })
  const revoke = async () => {
    await ok(api.DELETE('/api/v1/user/apptoken/{token_uuid}', { params: { path: { token_uuid: modal.value('token') } } }))
    toast('success', 'The token is revoked')
    modal.close('token')
    await changed()
  }
  const create = <Button onClick={() => modal.show('token-create')}>Create application token</Button>
  return (
    <section>
      <div className="list-toolbar">
        <Title headingLevel="h2" size="lg">
          Application tokens
        </Title>
        <div className="list-toolbar-end">{create}</div>
      </div>
      <Answer query={query} what="the application tokens" rows={3}>
        {({ tokens }) =>
          tokens.length > 0 ? (
            <DataTable
              label="Application tokens"
              rows={tokens}
              rowKey={(row) => row.uuid}
              columns={[
                { title: 'Title', render: (row) => row.title },
                { title: 'Created', render: (row) => <RelativeTime at={row.created} /> },
                { title: 'Last used', render: (row) => <RelativeTime at={row.last_accessed} none="never" /> },
                { title: 'Expires', render: (row) => <RelativeTime at={row.expiration} none="never" /> },
              ]}
              actions={(row) => (
                <ActionMenu
                  label={`Actions for ${row.title}`}
                  actions={[
                    { text: 'Token and logins', onClick: () => modal.show('token', { token: row.uuid }) },
                    { text: 'Revoke', isDanger: true, onClick: () => modal.show('token-revoke', { token: row.uuid }) },
                  ]}
                />
              )}
            />
          ) : (
            <Empty title="No application tokens" actions={create}>
              A token is a password of its own for one machine, and can be taken back alone.
            </Empty>
          )
        }
      </Answer>
      {modal.name === 'token-create' && <CreateToken onClose={modal.close} onDone={changed} />}
      {modal.name === 'token' && <ShownToken id={modal.value('token')} onClose={() => modal.close('token')} />}
      {modal.name === 'token-revoke' && (
        <Dialog title="Revoke this token?" action="Revoke" isDanger onAction={revoke} onClose={() => modal.close('token')}>
          <p>Whatever signs in with it is refused at once.</p>
        </Dialog>
      )}
    </section>
  )
}

interface CreateProps {
  onClose: () => void
  onDone: () => Promise<unknown>
}

const TOKEN_USER = '$app'

function CreateToken({ onClose, onDone }: CreateProps) {
  const [title, setTitle] = useState('')
  const [token, setToken] = useState<string | null>(null)
  if (token !== null) {
    return (
      <Dialog title={`The token ${title}`} onClose={onClose} size="medium">
        <Logins username={TOKEN_USER} token={token} />
      </Dialog>
    )
  }
  const create = async () => {
    const made = await ok(api.POST('/api/v1/user/apptoken', { body: { title } }))
    setToken(made.token.token_code ?? '')
    await onDone()
  }
  return (
    <Dialog title="Create application token" action="Create" isReady={title.trim() !== ''} onAction={create} onClose={onClose}>
      <Field label="Title" value={title} onChange={setTitle} help="Where it is used: laptop, build server." isRequired />
    </Dialog>
  )
}

function ShownToken({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: keys.own('token', id),
    gcTime: 0,
    queryFn: ({ signal }) => ok(api.GET('/api/v1/user/apptoken/{token_uuid}', { params: { path: { token_uuid: id } }, signal })),
  })
  return (
    <Dialog title="Application token" onClose={onClose} size="medium">
      <Answer query={query} what="the application token" rows={4}>
        {({ token }) => <Logins username={TOKEN_USER} token={token.token_code ?? ''} />}
      </Answer>
    </Dialog>
  )
}
