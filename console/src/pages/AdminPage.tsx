import { lazy } from 'react'
import { ApiError } from '../api/errors'
import { useUser } from '../api/queries'
import { PageTabs } from '../parts/PageTabs'
import { PageTitle } from '../parts/PageTitle'
import { Answer, Failure } from '../parts/States'

const Health = lazy(() => import('../parts/AdminHealth'))
const Users = lazy(() => import('../parts/AdminUsers'))
const Configuration = lazy(() => import('../parts/AdminConfiguration'))
const Messages = lazy(() => import('../parts/AdminMessages'))
const Organizations = lazy(() => import('./OrganizationsPage').then((found) => ({ default: found.OrganizationList })))
const LogsTab = lazy(() => import('../parts/LogsTab').then((found) => ({ default: found.LogsTab })))

/** For superusers: how the registry is, who is in it, how it is set up. */
export default function AdminPage() {
  const user = useUser()
  return (
    <>
      <PageTitle title="Administration" />
      <Answer query={user} what="the administration">
        {(found) =>
          found?.super_user || found?.global_readonly_super_user ? (
            <PageTabs
              label="Parts of the administration"
              tabs={[
                { key: 'Health', title: 'Health', content: () => <Health /> },
                { key: 'Users', title: 'Users', content: () => <Users /> },
                { key: 'Organizations', title: 'Organizations', content: () => <Organizations /> },
                { key: 'Configuration', title: 'Configuration', content: () => <Configuration /> },
                { key: 'Logs', title: 'Logs', content: () => <LogsTab of={{ kind: 'all' }} /> },
                { key: 'Messages', title: 'Messages', content: () => <Messages /> },
              ]}
            />
          ) : (
            <Failure error={refused(found === null)} what="the administration" />
          )
        }
      </Answer>
    </>
  )
}

function refused(isVisitor: boolean): ApiError {
  return isVisitor ? new ApiError(401, 'invalid_token', 'Sign in first.') : new ApiError(403, 'insufficient_scope', 'It is for superusers.')
}
