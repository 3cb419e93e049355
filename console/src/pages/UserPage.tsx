import { lazy } from 'react'
import { Navigate, useParams } from 'react-router'
import { type User, useUser } from '../api/queries'
import { PageTabs } from '../parts/PageTabs'
import { PageTitle } from '../parts/PageTitle'
import { PushCommands } from '../parts/PushCommands'
import { RepositoryList } from '../parts/RepositoryList'
import { Answer, Empty } from '../parts/States'

const UserSettings = lazy(() => import('../parts/UserSettings'))
const RobotsTab = lazy(() => import('../parts/RobotsTab').then((found) => ({ default: found.RobotsTab })))
const LogsTab = lazy(() => import('../parts/LogsTab').then((found) => ({ default: found.LogsTab })))

/** A user's namespace; everything but the repositories is for its owner. */
export default function UserPage() {
  const { name = '' } = useParams()
  const user = useUser()
  return (
    <>
      <PageTitle title={name} />
      <Answer query={user} what={`the user ${name}`}>
        {(found) => (found?.username === name ? <Own user={found} /> : <Others name={name} isVisitor={found === null} />)}
      </Answer>
    </>
  )
}

function Own({ user }: { user: User }) {
  const { username } = user
  return (
    <PageTabs
      label="Parts of your namespace"
      tabs={[
        {
          key: 'Repositories',
          title: 'Repositories',
          content: () => (
            <RepositoryList
              namespace={username}
              mayCreate
              mayAdmin
              empty={
                <Empty title="No repositories yet">
                  <p>A push makes one:</p>
                  <PushCommands namespace={username} />
                </Empty>
              }
            />
          ),
        },
        { key: 'Robotaccounts', title: 'Robot accounts', content: () => <RobotsTab namespace={username} isOrganization={false} /> },
        { key: 'Logs', title: 'Logs', content: () => <LogsTab of={{ kind: 'user' }} /> },
        { key: 'Settings', title: 'Settings', content: () => <UserSettings user={user} /> },
      ]}
    />
  )
}

function Others({ name, isVisitor }: { name: string; isVisitor: boolean }) {
  if (isVisitor) return <Navigate to={`/repository?filter=${encodeURIComponent(`${name}/`)}`} replace />
  return (
    <RepositoryList
      namespace={name}
      mayCreate={false}
      mayAdmin={false}
      empty={<Empty title="No repositories that you may see">Those of {name} are private, or there are none.</Empty>}
    />
  )
}
