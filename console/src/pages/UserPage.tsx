import { PageTitle } from '../parts/PageTitle'

export default function UserPage() {
  return <PageTitle title="User" />
}
