import { Link } from 'react-router'
import { PageTitle } from '../parts/PageTitle'

export default function MissingPage() {
  return (
    <>
      <PageTitle title="There is no such page" />
      <p>
        The address leads nowhere. <Link to="/repository">All repositories</Link>
      </p>
    </>
  )
}
