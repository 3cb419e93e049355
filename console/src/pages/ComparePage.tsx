import { PageTitle } from '../parts/PageTitle'

export default function ComparePage({ repository }: { repository: string }) {
  return <PageTitle title={`Compare versions of ${repository}`} />
}
