import { PageTitle } from '../parts/PageTitle'

export default function ArtifactPage({ repository, reference }: { repository: string; reference: string }) {
  return <PageTitle title={`${repository} ${reference}`} />
}
