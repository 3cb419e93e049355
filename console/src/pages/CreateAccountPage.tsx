import { Button, Form } from '@patternfly/react-core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { api, ok } from '../api/client'
import { useConfig } from '../api/queries'
import { forgetCsrfToken } from '../api/session'
import { Refusal } from '../parts/Dialog'
import { Entrance } from '../parts/Entrance'
import { Field } from '../parts/Field'
import { accountProblem, passwordProblem } from '../parts/names'

/** The first user of an empty registry, or signing up where that is open to everybody. */
export default function CreateAccountPage() {
  const { data: config } = useConfig()
  if (!config) return null
  const isFirst = !config.config.SETUP_COMPLETE
  if (!isFirst && !config.features['USER_CREATION']) {
    return (
      <Entrance title="Create an account">
        <p>Nobody can sign up here: an administrator creates the accounts.</p>
        <p>
          <Link to="/signin">Sign in</Link>
        </p>
      </Entrance>
    )
  }
  return (
    <Entrance title={isFirst ? 'Welcome: create the first account' : 'Create an account'}>
      {isFirst && <p>This registry is empty. The first account administers it.</p>}
      <AccountForm isFirst={isFirst} />
      {!isFirst && (
        <p>
          <Link to="/signin">Sign in</Link> with an account you have.
        </p>
      )}
    </Entrance>
  )
}

function AccountForm({ isFirst }: { isFirst: boolean }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [username, setUsername] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const nameProblem = accountProblem(username)
  const weak = passwordProblem(password)
  const differs = repeated !== '' && repeated !== password ? 'The two passwords differ.' : undefined
  const isReady = username && password && repeated && !nameProblem && !weak && !differs
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!isReady) return
    setBusy(true)
    setError(null)
    try {
      await create(isFirst, username, email, password)
      queries.clear()
      await navigate('/', { replace: true })
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Form onSubmit={(event) => void submit(event)}>
      {error !== null && <Refusal error={error} />}
      <Field label="User name" value={username} onChange={setUsername} problem={nameProblem} autoComplete="username" isRequired />
      <Field label="E-mail" type="email" value={email} onChange={setEmail} autoComplete="email" />
      <Field
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        problem={weak}
        help="At least 8 characters."
        autoComplete="new-password"
        isRequired
      />
      <Field label="Password again" type="password" value={repeated} onChange={setRepeated} problem={differs} autoComplete="new-password" isRequired />
      <Button type="submit" isBlock isDisabled={isBusy || !isReady} isLoading={isBusy}>
        Create account
      </Button>
    </Form>
  )
}

async function create(isFirst: boolean, username: string, email: string, password: string) {
  const body = { username, email, password, access_token: false }
  if (isFirst) {
    await ok(api.POST('/api/v1/user/initialize', { body }))
    // It set the session's cookie, which has a token of its own.
    forgetCsrfToken()
    return
  }
  await ok(api.POST('/api/v1/user', { body }))
  await ok(api.POST('/signin', { body: { username, password } }))
}
