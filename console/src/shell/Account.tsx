import { useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate, Link } from 'react-router'
import { api, ok } from '../api/client'
import { useUser } from '../api/queries'
import { forgetCsrfToken } from '../api/session'
import { ActionMenu } from '../parts/ActionMenu'
import { toastError } from '../parts/toasts'

/** Who is signed in, or the way to sign in. */
export function Account() {
  const { data: user, isPending } = useUser()
  const navigate = useNavigate()
  const here = useLocation()
  const queries = useQueryClient()
  if (isPending) return null
  if (!user) {
    return (
      <Link className="sign-in" to={`/signin?next=${encodeURIComponent(here.pathname + here.search)}`}>
        Sign in
      </Link>
    )
  }
  const signOut = async () => {
    try {
      await ok(api.POST('/signout'))
      forgetCsrfToken()
      queries.clear()
      await navigate('/signin')
    } catch (error) {
      toastError('Signing out failed', error)
    }
  }
  return (
    <ActionMenu
      label={`Account ${user.username}`}
      toggle={user.username}
      actions={[
        { text: 'My repositories', onClick: () => void navigate(`/user/${user.username}`) },
        { text: 'Settings', onClick: () => void navigate(`/user/${user.username}?tab=Settings`) },
        { text: 'Sign out', onClick: () => void signOut() },
      ]}
    />
  )
}
