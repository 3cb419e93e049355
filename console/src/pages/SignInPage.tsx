import { Button, Form } from '@patternfly/react-core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useConfig, useUser } from '../api/queries'
import { Refusal } from '../parts/Dialog'
import { Entrance } from '../parts/Entrance'
import { Field } from '../parts/Field'
import { localPath } from '../parts/localPath'

/** Sign in, and go back to where one came from. */
export default function SignInPage() {
  const [search] = useSearchParams()
  const next = localPath(search.get('next'))
  const { data: user } = useUser()
  const { data: config } = useConfig()
  if (config && !config.config.SETUP_COMPLETE) return <Navigate to="/createaccount" replace />
  if (user) return <Navigate to={next} replace />
  return (
    <Entrance title="Sign in">
      <SignInForm next={next} />
      {config?.features['USER_CREATION'] && (
        <p>
          No account yet? <Link to="/createaccount">Create one</Link>
        </p>
      )}
      {config?.features['ANONYMOUS_ACCESS'] && (
        <p>
          <Link to="/repository">Public repositories</Link> need no account.
        </p>
      )}
    </Entrance>
  )
}

function SignInForm({ next }: { next: string }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await ok(api.POST('/signin', { body: { username: username.trim(), password } }))
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.config[0] })
      await navigate(next, { replace: true })
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Form onSubmit={(event) => void submit(event)}>
      {error !== null && <Refusal error={error} />}
      <Field label="User name" value={username} onChange={setUsername} autoComplete="username" isRequired />
      <Field label="Password" type="password" value={password} onChange={setPassword} autoComplete="current-password" isRequired />
      <Button type="submit" isBlock isDisabled={isBusy || !username || !password} isLoading={isBusy}>
        Sign in
      </Button>
    </Form>
  )
}
