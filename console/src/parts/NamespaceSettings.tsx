import { Button, Form } from '@patternfly/react-core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useNavigate } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useConfig } from '../api/queries'
import type { components } from '../api/schema'
import { Choice } from './Choice'
import DeleteOrganization from './DeleteOrganization'
import { Field } from './Field'
import { durationSeconds, formatDuration } from './format'
import { toast, toastError } from './toasts'
import { useModal } from './useModal'

const VISIBILITY = [
  ['', 'As the registry is set up'],
  ['private', 'Private'],
  ['public', 'Public'],
] as const

/** An organization's e-mail, how long deleted tags are kept, what new repositories are. */
export default function NamespaceSettings({ organization }: { organization: components['schemas']['OrganizationView'] }) {
  const { name } = organization
  const queries = useQueryClient()
  const navigate = useNavigate()
  const modal = useModal()
  const [email, setEmail] = useState(organization.email)
  const [seconds, setSeconds] = useState(String(organization.tag_expiration_s ?? ''))
  const [visibility, setVisibility] = useState<string>(organization.default_visibility ?? '')
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const body = {
      email,
      tag_expiration_s: Number(seconds),
      ...(visibility === '' ? {} : { default_visibility: visibility as 'private' | 'public' }),
    }
    try {
      await ok(api.PUT('/api/v1/organization/{orgname}', { params: { path: { orgname: name } }, body }))
      toast('success', 'The settings are saved')
      await queries.invalidateQueries({ queryKey: keys.organization(name) })
    } catch (error) {
      toastError('The settings were not saved', error)
    }
  }
  return (
    <div className="stack narrow">
      <Form onSubmit={(event) => void save(event)}>
        <Field label="E-mail" type="email" value={email} onChange={setEmail} />
        <TagExpiration value={seconds} onChange={setSeconds} />
        <Choice label="Repositories made by a push" value={visibility} options={VISIBILITY} onChange={setVisibility} />
        <div>
          <Button type="submit">Save</Button>
        </div>
      </Form>
      <section className="danger-zone">
        <h2>Delete the organization</h2>
        <p>With all its repositories, teams and robot accounts.</p>
        <Button variant="danger" onClick={() => modal.show('delete')}>
          Delete {name}
        </Button>
      </section>
      {modal.name === 'delete' && (
        <DeleteOrganization
          name={name}
          onClose={modal.close}
          onDone={async () => {
            await queries.invalidateQueries({ queryKey: keys.organizations() })
            await navigate('/organization', { replace: true })
          }}
        />
      )}
    </div>
  )
}

/** How long an ended tag can be brought back. */
export function TagExpiration({ value, onChange }: { value: string; onChange: (seconds: string) => void }) {
  const { data: config } = useConfig()
  const allowed = (config?.config.TAG_EXPIRATION_OPTIONS ?? []).map((text) => String(durationSeconds(text)))
  const options = [...new Set([...allowed, value])].filter(Boolean).sort((a, b) => Number(a) - Number(b))
  return (
    <Choice
      label="Deleted tags can be brought back for"
      value={value}
      options={options.map((one) => [one, one === '0' ? 'no time at all' : formatDuration(Number(one))] as const)}
      onChange={onChange}
    />
  )
}
