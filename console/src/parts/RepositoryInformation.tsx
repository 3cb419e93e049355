import { Button, TextArea, Title } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { Bars } from './Bars'
import { Dialog } from './Dialog'
import { formatDay } from './format'
import { Markdown } from './Markdown'
import { PushCommands } from './PushCommands'
import { Answer } from './States'
import { toast } from './toasts'
import { useModal } from './useModal'

interface Props {
  name: string
  found: components['schemas']['RepositoryView']
}

const SHOWN_DAYS = 30

/** What the repository is about, how often it is pulled, and how to push to it. */
export default function RepositoryInformation({ name, found }: Props) {
  const modal = useModal()
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: keys.repository(name, 'description'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/repository/{repository}/description', { params: { path: { repository: name } }, signal })),
  })
  const days = (found.stats ?? []).slice(0, SHOWN_DAYS).reverse()
  const changed = () => queries.invalidateQueries({ queryKey: keys.repository(name) })
  return (
    <div className="columns">
      <section>
        <div className="list-toolbar">
          <Title headingLevel="h2" size="lg">
            Description
          </Title>
          {found.can_write && (
            <div className="list-toolbar-end">
              <Button variant="secondary" size="sm" onClick={() => modal.show('description')}>
                Edit
              </Button>
            </div>
          )}
        </div>
        <Answer query={query} what="the description" rows={3}>
          {({ html, note }) => (
            <>
              {html ? <Markdown html={html} /> : <p className="quiet">There is no description.</p>}
              {note && <p className="quiet">{note}</p>}
            </>
          )}
        </Answer>
      </section>
      <div className="stack">
        <Bars
          title={`Pulls in ${SHOWN_DAYS} days`}
          labels={days.map((one) => formatDay(new Date(`${one.date}T12:00:00Z`)))}
          series={[{ name: 'Pulls', values: days.map((one) => one.count) }]}
        />
        {found.can_write && (
          <section>
            <Title headingLevel="h2" size="lg">
              Push
            </Title>
            <PushCommands namespace={found.namespace} repository={found.name} />
          </section>
        )}
      </div>
      {modal.name === 'description' && query.data && (
        <EditDescription name={name} text={query.data.text ?? ''} onClose={modal.close} onDone={changed} />
      )}
    </div>
  )
}

interface EditProps {
  name: string
  text: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

function EditDescription({ name, text, onClose, onDone }: EditProps) {
  const [written, setWritten] = useState(text)
  const save = async () => {
    await ok(api.PUT('/api/v1/repository/{repository}', { params: { path: { repository: name } }, body: { description: written } }))
    toast('success', 'The description is saved')
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Description of ${name}`} action="Save" onAction={save} onClose={onClose} size="large">
      <TextArea aria-label="Description in Markdown" value={written} rows={14} resizeOrientation="vertical" onChange={(_, value) => setWritten(value)} />
      <p className="quiet">Markdown: headings, lists, tables, links, code.</p>
    </Dialog>
  )
}
