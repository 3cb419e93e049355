import { PageTitle } from '../parts/PageTitle'

export default function OrganizationPage() {
  return <PageTitle title="Organization" />
}
