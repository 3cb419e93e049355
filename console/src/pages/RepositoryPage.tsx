import { PageTitle } from '../parts/PageTitle'

export default function RepositoryPage({ name }: { name: string }) {
  return <PageTitle title={name} />
}
