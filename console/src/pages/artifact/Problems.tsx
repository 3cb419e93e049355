import { Alert } from '@patternfly/react-core'

/** What of a version could not be read, while the rest is shown. */
export function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null
  return (
    <Alert isInline variant="warning" title="Not all of it could be read" component="p">
      <ul className="plain-list">
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </Alert>
  )
}
