import { Button, Title } from '@patternfly/react-core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { Choice, VISIBILITIES } from './Choice'
import { ConfirmByName } from './ConfirmByName'
import { RepositoryPermissions } from './RepositoryPermissions'
import { toast, toastError } from './toasts'
import { useModal } from './useModal'

const STATES = [
  ['NORMAL', 'Normal: takes pushes'],
  ['READ_ONLY', 'Read-only: pulls only'],
] as const

interface Props {
  name: string
  found: components['schemas']['RepositoryView']
}

/** Who may do what, who sees it, whether it takes pushes, and deleting it. */
export default function RepositorySettings({ name, found }: Props) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const modal = useModal()
  const path = { repository: name }
  const change = async (act: Promise<unknown>, done: string) => {
    try {
      await act
      toast('success', done)
      await queries.invalidateQueries({ queryKey: keys.repository(name) })
    } catch (error) {
      toastError('The change was refused', error)
    }
  }
  const setVisibility = (visibility: 'public' | 'private') =>
    change(
      ok(api.POST('/api/v1/repository/{repository}/changevisibility', { params: { path }, body: { visibility } })),
      `${name} is ${visibility} now`,
    )
  const setState = (state: 'NORMAL' | 'READ_ONLY') =>
    change(
      ok(api.PUT('/api/v1/repository/{repository}/changestate', { params: { path }, body: { state } })),
      state === 'NORMAL' ? `${name} takes pushes` : `${name} is read-only`,
    )
  const remove = async () => {
    await ok(api.DELETE('/api/v1/repository/{repository}', { params: { path } }))
    toast('success', `${name} is deleted`)
    await navigate(found.is_organization ? `/organization/${found.namespace}` : `/user/${found.namespace}`, { replace: true })
    await queries.invalidateQueries({ queryKey: keys.repositories() })
  }
  return (
    <div className="stack">
      <RepositoryPermissions name={name} namespace={found.namespace} isOrganization={found.is_organization} />
      <section className="stack narrow">
        <Title headingLevel="h2" size="lg">
          Visibility and state
        </Title>
        <Choice
          label="Visibility"
          value={found.is_public ? 'public' : 'private'}
          options={VISIBILITIES}
          onChange={(value) => void setVisibility(value)}
        />
        <Choice
          label="State"
          value={found.state === 'READ_ONLY' ? 'READ_ONLY' : 'NORMAL'}
          options={STATES}
          onChange={(value) => void setState(value)}
        />
      </section>
      <section className="danger-zone narrow">
        <h2>Delete the repository</h2>
        <p>With all its tags. There is no way back.</p>
        <Button variant="danger" onClick={() => modal.show('delete')}>
          Delete {name}
        </Button>
      </section>
      {modal.name === 'delete' && (
        <ConfirmByName title={`Delete ${name}?`} name={name} action="Delete" onConfirm={remove} onClose={modal.close}>
          With all its tags, manifests and their history. There is no way back.
        </ConfirmByName>
      )}
    </div>
  )
}
