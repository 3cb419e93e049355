import { PageTitle } from '../parts/PageTitle'

export default function RepositoriesPage() {
  return <PageTitle title="Repositories" />
}
