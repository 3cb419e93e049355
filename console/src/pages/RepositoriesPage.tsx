import { useUser } from '../api/queries'
import { PageTitle } from '../parts/PageTitle'
import { PushCommands } from '../parts/PushCommands'
import { RepositoryList } from '../parts/RepositoryList'
import { Empty } from '../parts/States'

/** All repositories that one may see. */
export default function RepositoriesPage() {
  const { data: user } = useUser()
  return (
    <>
      <PageTitle title="Repositories" />
      <RepositoryList
        mayCreate={Boolean(user)}
        mayAdmin={Boolean(user)}
        empty={
          <Empty title="No repositories yet">
            {user ? (
              <>
                <p>A push makes one:</p>
                <PushCommands namespace={user.username} />
              </>
            ) : (
              <p>Nothing is public here. Sign in to see what is yours.</p>
            )}
          </Empty>
        }
      />
    </>
  )
}
