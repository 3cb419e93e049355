import { Banner } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useConfig } from '../api/queries'

const COLORS: Record<string, 'blue' | 'yellow' | 'red'> = { info: 'blue', warning: 'yellow', error: 'red' }

/** What the administrators want everybody to know, and that nothing can be written now. */
export function Messages() {
  const { data: config } = useConfig()
  const { data } = useQuery({
    queryKey: keys.admin('messages'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/messages', { signal })),
    staleTime: 300_000,
  })
  const isReadOnly = config?.registry_state === 'readonly'
  return (
    <section aria-label="Messages">
      {isReadOnly && <Banner color="yellow">The registry is read-only: pulls go on, changes are refused.</Banner>}
      {data?.messages.map((one) => (
        <Banner key={one.uuid} color={COLORS[one.severity] ?? 'blue'}>
          {one.content}
        </Banner>
      ))}
    </section>
  )
}
