import { useQuery } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { Snippet } from './Snippet'
import { Answer } from './States'
import { usePreferredClient } from './preferredClient'

type Command = components['schemas']['Snippet']
export type PushedKind = 'chart' | 'image' | 'artifact'

const SHOWN_FIRST = 2

interface Props {
  namespace: string
  repository?: string
  kind?: PushedKind
}

/** The next commands to run where there is nothing yet, as the server writes them. */
export function PushCommands({ namespace, repository = '', kind = 'chart' }: Props) {
  const [client] = usePreferredClient()
  const query = useQuery({
    queryKey: keys.namespace(namespace, 'push', repository, kind),
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/commands/push', { params: { query: { namespace, repository, kind } }, signal })),
  })
  return (
    <Answer query={query} what="the commands" rows={2}>
      {({ commands }) => <Commands commands={preferred(commands, client)} />}
    </Answer>
  )
}

/** The first ones at once, the other clients' behind a summary. */
export function Commands({ commands }: { commands: Command[] }) {
  const first = commands.slice(0, SHOWN_FIRST)
  const rest = commands.slice(SHOWN_FIRST)
  return (
    <div className="commands">
      {first.map((one) => (
        <OneCommand key={one.client + one.title + one.text} command={one} />
      ))}
      {rest.length > 0 && (
        <details>
          <summary>Other clients</summary>
          <div className="commands">
            {rest.map((one) => (
              <OneCommand key={one.client + one.title + one.text} command={one} />
            ))}
          </div>
        </details>
      )}
    </div>
  )
}

function OneCommand({ command }: { command: Command }) {
  return (
    <>
      <Snippet label={command.title} text={command.text} what={`${command.title} command`} />
      {command.note && <p className="quiet">{command.note}</p>}
    </>
  )
}

export function preferred(commands: Command[], client: string): Command[] {
  return [...commands].sort((a, b) => Number(b.client === client) - Number(a.client === client))
}
