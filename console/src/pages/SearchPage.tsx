import { PageTitle } from '../parts/PageTitle'

export default function SearchPage() {
  return <PageTitle title={"Search"} />
}
