import { lazy } from 'react'
import { useParams } from 'react-router'
import { parseRepositoryPath } from '../parts/repositoryPath'

const RepositoryPage = lazy(() => import('./RepositoryPage'))
const ArtifactPage = lazy(() => import('./ArtifactPage'))
const ComparePage = lazy(() => import('./ComparePage'))

/** `/repository/…`: a repository, one of its versions, or two of them beside each other. */
export default function RepositoryRoute() {
  const found = parseRepositoryPath(useParams()['*'] ?? '')
  switch (found.page) {
    case 'tag':
      return <ArtifactPage key={found.tag} repository={found.repository} reference={found.tag} />
    case 'manifest':
      return <ArtifactPage key={found.digest} repository={found.repository} reference={found.digest} />
    case 'compare':
      return <ComparePage repository={found.repository} />
    case 'repository':
      return <RepositoryPage key={found.repository} name={found.repository} />
  }
}
