import { PageTitle } from '../parts/PageTitle'

export default function TeamPage() {
  return <PageTitle title="Team" />
}
