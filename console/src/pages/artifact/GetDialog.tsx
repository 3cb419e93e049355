import { FormSelect, FormSelectOption } from '@patternfly/react-core'
import { useSearchParams } from 'react-router'
import { api } from '../../api/client'
import type { components } from '../../api/schema'
import { Dialog } from '../../parts/Dialog'
import { Snippet } from '../../parts/Snippet'
import { Answer } from '../../parts/States'
import { type PageProps, usePart } from './place'

type Command = components['schemas']['Snippet']

const CLIENT = 'moorage.client'
const PURPOSES: Record<string, string> = { pull: 'Download', install: 'Install', verify: 'Verify the signature' }

/** How each client gets this version; the chosen client is remembered. */
export default function GetDialog({ place, artifact, onClose }: PageProps & { onClose: () => void }) {
  const commands = usePart(place, `commands ${place.tag ?? ''}`, (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/commands', {
      ...options,
      params: { ...options.params, query: { tag: place.tag } },
    }),
  )
  // A dialog wants something to put the focus on, so it opens with the commands.
  if (commands.isPending) return null
  const name = artifact.kind === 'chart' ? `${artifact.title} ${artifact.version}` : (place.tag ?? 'this version')
  return (
    <Dialog title={`Get ${name}`} onClose={onClose} size="medium">
      <Answer query={commands} what="the commands" rows={3}>
        {(answer) => <Commands commands={answer.commands} />}
      </Answer>
    </Dialog>
  )
}

function Commands({ commands }: { commands: Command[] }) {
  const [search, setSearch] = useSearchParams()
  const clients = [...new Map(commands.map((one) => [one.client, one.title]))]
  const wanted = [search.get('client'), localStorage.getItem(CLIENT), clients[0]?.[0]]
  const client = wanted.find((one) => clients.some(([known]) => known === one)) ?? ''
  const own = commands.filter((one) => one.client === client)
  const choose = (next: string) => {
    localStorage.setItem(CLIENT, next)
    setSearch(
      (now) => {
        now.set('client', next)
        return now
      },
      { replace: true, state: history.state?.usr },
    )
  }
  return (
    <>
      <FormSelect aria-label="Client" value={client} onChange={(_, next) => choose(next)}>
        {clients.map(([key, title]) => (
          <FormSelectOption key={key} value={key} label={title} />
        ))}
      </FormSelect>
      {own.map((one) => (
        <div key={`${one.purpose} ${one.reference}`} className="stack-small">
          <Snippet text={one.text} what={`${one.title} command`} label={labelOf(one, own)} />
          {one.note && <p className="quiet">{one.note}</p>}
        </div>
      ))}
    </>
  )
}

function labelOf(one: Command, all: Command[]): string {
  const purpose = PURPOSES[one.purpose] ?? one.purpose
  const isAmbiguous = all.some((other) => other.purpose === one.purpose && other.reference !== one.reference)
  if (!isAmbiguous) return purpose
  return one.reference === 'digest' ? `${purpose}, exactly these bytes` : purpose
}
