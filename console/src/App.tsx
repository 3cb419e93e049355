import { lazy, Suspense } from 'react'
import { Navigate, Route, Routes, useParams } from 'react-router'
import { useUser } from './api/queries'
import { Boundary } from './parts/Boundary'

const Shell = lazy(() => import('./shell/Shell'))
const SignInPage = lazy(() => import('./pages/SignInPage'))
const CreateAccountPage = lazy(() => import('./pages/CreateAccountPage'))
const OrganizationsPage = lazy(() => import('./pages/OrganizationsPage'))
const OrganizationPage = lazy(() => import('./pages/OrganizationPage'))
const TeamPage = lazy(() => import('./pages/TeamPage'))
const UserPage = lazy(() => import('./pages/UserPage'))
const RepositoriesPage = lazy(() => import('./pages/RepositoriesPage'))
const RepositoryRoute = lazy(() => import('./pages/RepositoryRoute'))
const SearchPage = lazy(() => import('./pages/SearchPage'))
const AdminPage = lazy(() => import('./pages/AdminPage'))
const AboutPage = lazy(() => import('./pages/AboutPage'))
const MissingPage = lazy(() => import('./pages/MissingPage'))

/** Quay's URLs, which people have written down. */
export function App() {
  return (
    <Boundary>
      <Suspense fallback={null}>
        <Routes>
          <Route path="/signin" element={<SignInPage />} />
          <Route path="/createaccount" element={<CreateAccountPage />} />
          <Route element={<Shell />}>
            <Route index element={<Home />} />
            <Route path="/organization" element={<OrganizationsPage />} />
            <Route path="/organization/:org" element={<OrganizationPage />} />
            <Route path="/organization/:org/teams/:team" element={<TeamPage />} />
            <Route path="/user/:name" element={<UserPage />} />
            <Route path="/updateuser" element={<OwnSettings />} />
            <Route path="/repository" element={<RepositoriesPage />} />
            <Route path="/repository/*" element={<RepositoryRoute />} />
            <Route path="/search" element={<SearchPage />} />
            <Route path="/admin" element={<AdminPage />} />
            <Route path="/usage-logs" element={<Navigate to="/admin?tab=Logs" replace />} />
            <Route path="/messages" element={<Navigate to="/admin?tab=Messages" replace />} />
            <Route path="/about" element={<AboutPage />} />
            <Route path="/security" element={<Navigate to="/about" replace />} />
            <Route path="/:org" element={<ShortLink />} />
            <Route path="/:org/:repository" element={<ShortLink />} />
            <Route path="*" element={<MissingPage />} />
          </Route>
        </Routes>
      </Suspense>
    </Boundary>
  )
}

function Home() {
  const { data: user, isPending } = useUser()
  if (isPending) return null
  return <Navigate to={user ? '/organization' : '/repository'} replace />
}

function OwnSettings() {
  const { data: user, isPending } = useUser()
  if (isPending) return null
  return <Navigate to={user ? `/user/${user.username}?tab=Settings` : '/signin'} replace />
}

/** `/acme` and `/acme/app`, as people type them. */
function ShortLink() {
  const { org, repository } = useParams()
  return <Navigate to={repository ? `/repository/${org}/${repository}` : `/organization/${org}`} replace />
}
