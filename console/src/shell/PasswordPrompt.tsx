import { useState } from 'react'
import { api, ok } from '../api/client'
import { useUser } from '../api/queries'
import { Dialog } from '../parts/Dialog'
import { Field } from '../parts/Field'

/** A delicate change needs a fresh login: the password once more, then the change goes on. */
export default function PasswordPrompt({ onEnd }: { onEnd: (isDone: boolean) => void }) {
  const { data: user } = useUser()
  const [password, setPassword] = useState('')
  const signIn = async () => {
    await ok(api.POST('/signin', { body: { username: user?.username ?? '', password } }))
    onEnd(true)
  }
  return (
    <Dialog title="Please enter your password" action="Go on" isReady={password !== ''} onAction={signIn} onClose={() => onEnd(false)}>
      <p>You signed in a while ago, and this change is a delicate one.</p>
      <Field label={`Password of ${user?.username ?? ''}`} type="password" value={password} onChange={setPassword} autoComplete="current-password" />
    </Dialog>
  )
}
