import { Nav, NavItem, NavList } from '@patternfly/react-core'
import { Link, useLocation } from 'react-router'
import { useUser } from '../api/queries'

/** Where one can go; superusers see the administration. */
export function Sidebar() {
  const { pathname } = useLocation()
  const { data: user } = useUser()
  const own = user ? `/user/${user.username}` : ''
  const places = [
    ...(user ? [{ to: '/organization', text: 'Organizations' }] : []),
    { to: '/repository', text: 'Repositories' },
    { to: '/search', text: 'Search' },
    ...(user ? [{ to: own, text: 'My namespace' }] : []),
    ...(user?.super_user || user?.global_readonly_super_user ? [{ to: '/admin', text: 'Administration' }] : []),
    { to: '/about', text: 'About' },
  ]
  return (
    <Nav aria-label="Main">
      <NavList>
        {places.map(({ to, text }) => {
          const isActive = pathname === to || pathname.startsWith(`${to}/`)
          return (
            <NavItem key={to} isActive={isActive}>
              <Link to={to} aria-current={isActive ? 'page' : undefined}>
                {text}
              </Link>
            </NavItem>
          )
        })}
      </NavList>
    </Nav>
  )
}
