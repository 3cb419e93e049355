import { PageTitle } from '../parts/PageTitle'

export default function AdminPage() {
  return <PageTitle title="Admin" />
}
