import { Button, Title } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { ActionMenu } from './ActionMenu'
import { Avatar } from './Avatar'
import { Choice, TEAM_ROLES } from './Choice'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { formatNumber } from './format'
import { accountProblem } from './names'
import { Answer, Empty } from './States'
import { toast } from './toasts'
import { useModal } from './useModal'

type Organization = components['schemas']['OrganizationView']
type Member = components['schemas']['MemberView']
type TeamRole = (typeof TEAM_ROLES)[number][0]

/** Teams with their roles, who is in them, and who has rights without being in one. */
export default function TeamsTab({ organization }: { organization: Organization }) {
  const { name, is_admin } = organization
  const modal = useModal()
  const queries = useQueryClient()
  const teams = useQuery({
    queryKey: keys.organization(name, 'teams'),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/organization/{orgname}/team', { params: { path: { orgname: name } }, signal })),
  })
  const changed = () => queries.invalidateQueries({ queryKey: keys.organization(name) })
  const create = is_admin && <Button onClick={() => modal.show('team-create')}>Create team</Button>
  return (
    <div className="stack">
      <section>
        <div className="list-toolbar">
          <Title headingLevel="h2" size="lg">
            Teams
          </Title>
          <div className="list-toolbar-end">{create}</div>
        </div>
        <Answer query={teams} what="the teams">
          {({ teams: found }) =>
            found.length > 0 ? (
              <DataTable
                label="Teams"
                rows={found}
                rowKey={(row) => row.name}
                columns={[
                  {
                    title: 'Name',
                    render: (row) => (
                      <span className="named">
                        <Avatar avatar={row.avatar} />
                        <Link to={`/organization/${name}/teams/${row.name}`}>{row.name}</Link>
                      </span>
                    ),
                  },
                  { title: 'Role', render: (row) => row.role },
                  { title: 'Description', render: (row) => row.description || '–' },
                  { title: 'Members', render: (row) => formatNumber(row.member_count) },
                  { title: 'Repositories', render: (row) => formatNumber(row.repo_count) },
                ]}
                actions={
                  is_admin
                    ? (row) => (
                        <ActionMenu
                          label={`Actions for ${row.name}`}
                          actions={[
                            { text: 'Change role', onClick: () => modal.show('team-edit', { team: row.name }) },
                            { text: 'Delete', isDanger: true, onClick: () => modal.show('team-delete', { team: row.name }) },
                          ]}
                        />
                      )
                    : undefined
                }
              />
            ) : (
              <Empty title="No teams" actions={create}>
                A team gives its members the same rights.
              </Empty>
            )
          }
        </Answer>
      </section>
      {is_admin && <People organization={name} kind="members" title="Members" />}
      {is_admin && <People organization={name} kind="collaborators" title="Collaborators: rights, but no team" />}
      {(modal.name === 'team-create' || modal.name === 'team-edit') && (
        <TeamDialog
          organization={name}
          known={teams.data?.teams.find((one) => one.name === modal.value('team'))}
          onClose={() => modal.close('team')}
          onDone={changed}
        />
      )}
      {modal.name === 'team-delete' && (
        <DeleteTeam organization={name} team={modal.value('team')} onClose={() => modal.close('team')} onDone={changed} />
      )}
    </div>
  )
}

function People({ organization, kind, title }: { organization: string; kind: 'members' | 'collaborators'; title: string }) {
  const modal = useModal()
  const queries = useQueryClient()
  const path = { orgname: organization }
  const query = useQuery({
    queryKey: keys.organization(organization, kind),
    queryFn: async ({ signal }): Promise<Member[]> =>
      kind === 'members'
        ? (await ok(api.GET('/api/v1/organization/{orgname}/members', { params: { path }, signal }))).members
        : (await ok(api.GET('/api/v1/organization/{orgname}/collaborators', { params: { path }, signal }))).collaborators,
  })
  const remove = async () => {
    const membername = modal.value('member')
    await ok(api.DELETE('/api/v1/organization/{orgname}/members/{membername}', { params: { path: { ...path, membername } } }))
    toast('success', `${membername} is out of ${organization}`)
    modal.close('member')
    await queries.invalidateQueries({ queryKey: keys.organization(organization) })
  }
  return (
    <section>
      <Title headingLevel="h2" size="lg">
        {title}
      </Title>
      <Answer query={query} what={`the ${kind}`} rows={2}>
        {(found) =>
          found.length > 0 ? (
            <DataTable
              label={title}
              rows={found}
              rowKey={(row) => row.name}
              columns={[
                {
                  title: 'Name',
                  render: (row) => (
                    <span className="named">
                      <Avatar avatar={row.avatar} />
                      {row.name}
                    </span>
                  ),
                },
                ...(kind === 'members' ? [{ title: 'Teams', render: (row: Member) => row.teams?.map((one) => one.name).join(', ') || '–' }] : []),
                { title: 'Repositories', render: (row) => row.repositories.join(', ') || '–' },
              ]}
              actions={(row) => (
                <ActionMenu
                  label={`Actions for ${row.name}`}
                  actions={[{ text: 'Remove', isDanger: true, onClick: () => modal.show(`remove-${kind}`, { member: row.name }) }]}
                />
              )}
            />
          ) : (
            <p className="quiet">Nobody.</p>
          )
        }
      </Answer>
      {modal.name === `remove-${kind}` && (
        <Dialog title={`Remove ${modal.value('member')}?`} action="Remove" isDanger onAction={remove} onClose={() => modal.close('member')}>
          <p>Out of every team and every repository of {organization}.</p>
        </Dialog>
      )}
    </section>
  )
}

interface DialogProps {
  organization: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

function TeamDialog({ organization, known, onClose, onDone }: DialogProps & { known?: components['schemas']['TeamView'] }) {
  const [name, setName] = useState(known?.name ?? '')
  const [description, setDescription] = useState(known?.description ?? '')
  const [role, setRole] = useState<TeamRole>((known?.role as TeamRole | undefined) ?? 'member')
  const problem = accountProblem(name)
  const save = async () => {
    const path = { orgname: organization, teamname: name }
    await ok(api.PUT('/api/v1/organization/{orgname}/team/{teamname}', { params: { path }, body: { role, description } }))
    toast('success', known ? `${name} is changed` : `The team ${name} is there`)
    onClose()
    await onDone()
  }
  return (
    <Dialog
      title={known ? `Team ${known.name}` : 'Create team'}
      action={known ? 'Save' : 'Create'}
      isReady={name !== '' && !problem}
      onAction={save}
      onClose={onClose}
    >
      {!known && <Field label="Name" value={name} onChange={setName} problem={problem} isRequired />}
      <Field label="Description" value={description} onChange={setDescription} />
      <Choice label="Role in the organization" value={role} options={TEAM_ROLES} onChange={setRole} />
    </Dialog>
  )
}

function DeleteTeam({ organization, team, onClose, onDone }: DialogProps & { team: string }) {
  const remove = async () => {
    await ok(api.DELETE('/api/v1/organization/{orgname}/team/{teamname}', { params: { path: { orgname: organization, teamname: team } } }))
    toast('success', `The team ${team} is deleted`)
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Delete ${team}?`} action="Delete" isDanger onAction={remove} onClose={onClose}>
      <p>Its members lose the rights that they have by it.</p>
    </Dialog>
  )
}
