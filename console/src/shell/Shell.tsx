import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
} from '@patternfly/react-core'
import BarsIcon from '@patternfly/react-icons/dist/esm/icons/bars-icon'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Link, Outlet, useLocation } from 'react-router'
import { setPasswordPrompt } from '../api/session'
import { Boundary } from '../parts/Boundary'
import { Loading } from '../parts/States'
import logo from '../favicon.svg'
import { Account } from './Account'
import { Messages } from './Messages'
import { SearchBox } from './SearchBox'
import { Sidebar } from './Sidebar'
import { Toasts } from './Toasts'

const PasswordPrompt = lazy(() => import('./PasswordPrompt'))
const KeyList = lazy(() => import('./KeyList'))

const WIDE = '(min-width: 75rem)'

/** What surrounds every page: masthead, sidebar, messages, toasts. */
export default function Shell() {
  const { pathname } = useLocation()
  const [isOpen, setOpen] = useState(() => matchMedia(WIDE).matches)
  // On a phone the sidebar lies over the page that was chosen in it.
  useEffect(() => {
    if (!matchMedia(WIDE).matches) setOpen(false)
  }, [pathname])
  return (
    <>
      <Page
        masthead={<Top isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />}
        sidebar={
          <PageSidebar isSidebarOpen={isOpen} id="sidebar">
            <PageSidebarBody>
              <Sidebar />
            </PageSidebarBody>
          </PageSidebar>
        }
        skipToContent={
          <a className="skip-link" href="#main" onClick={focusMain}>
            Skip to content
          </a>
        }
        isManagedSidebar={false}
        onPageResize={(_, { windowSize }) => setOpen(windowSize >= 1200)}
        mainContainerId="main"
        mainTabIndex={-1}
      >
        <Messages />
        <PageSection hasBodyWrapper={false} aria-label="Page">
          <Boundary key={pathname}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </PageSection>
      </Page>
      <Toasts />
      <div id="announcements" className="off-screen" aria-live="polite" />
      <FreshLogin />
      <Keys />
    </>
  )
}

function Top({ isOpen, onToggle }: { isOpen: boolean; onToggle: () => void }) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Navigation" isSidebarOpen={isOpen} onSidebarToggle={onToggle}>
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/" className="brand">
            <img src={logo} alt="" width="28" height="28" />
            <span>moorage</span>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <SearchBox />
        <Account />
      </MastheadContent>
    </Masthead>
  )
}

function focusMain(event: { preventDefault: () => void }) {
  event.preventDefault()
  document.querySelector<HTMLElement>('#main h1, #main')?.focus()
}

/** Asks for the password when a change needs a fresh login. */
function FreshLogin() {
  const [answer, setAnswer] = useState<((isDone: boolean) => void) | null>(null)
  useEffect(() => {
    setPasswordPrompt(() => new Promise((resolve) => setAnswer(() => resolve)))
    return () => setPasswordPrompt(null)
  }, [])
  if (!answer) return null
  const end = (isDone: boolean) => {
    setAnswer(null)
    answer(isDone)
  }
  return (
    <Suspense fallback={null}>
      <PasswordPrompt onEnd={end} />
    </Suspense>
  )
}

/** `/` goes to the search box, `?` lists the keys. */
function Keys() {
  const [isListed, setListed] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select')) return
      if (event.key === '/') {
        event.preventDefault()
        document.getElementById('search-box')?.focus()
      } else if (event.key === '?') {
        setListed(true)
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  if (!isListed) return null
  return (
    <Suspense fallback={null}>
      <KeyList onClose={() => setListed(false)} />
    </Suspense>
  )
}
