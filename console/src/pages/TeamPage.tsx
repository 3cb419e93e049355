import { Button, Title } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { Avatar } from '../parts/Avatar'
import { DataTable } from '../parts/DataTable'
import { Dialog } from '../parts/Dialog'
import { EntityField } from '../parts/EntityField'
import { PageTitle } from '../parts/PageTitle'
import { Answer, Empty } from '../parts/States'
import { toast, toastError } from '../parts/toasts'
import { useModal } from '../parts/useModal'

/** Who is in a team, and where it has a role. */
export default function TeamPage() {
  const { org = '', team = '' } = useParams()
  const modal = useModal()
  const queries = useQueryClient()
  const path = { orgname: org, teamname: team }
  const key = keys.organization(org, 'team', team)
  const members = useQuery({
    queryKey: [...key, 'members'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/organization/{orgname}/team/{teamname}/members', { params: { path }, signal })),
  })
  const permissions = useQuery({
    queryKey: [...key, 'permissions'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/organization/{orgname}/team/{teamname}/permissions', { params: { path }, signal })),
  })
  const changed = () => queries.invalidateQueries({ queryKey: keys.organization(org) })
  const remove = async (membername: string) => {
    try {
      await ok(
        api.DELETE('/api/v1/organization/{orgname}/team/{teamname}/members/{membername}', { params: { path: { ...path, membername } } }),
      )
      toast('success', `${membername} is out of ${team}`)
      await changed()
    } catch (error) {
      toastError(`${membername} was not removed`, error)
    }
  }
  const add = members.data?.can_edit && <Button onClick={() => modal.show('member-add')}>Add member</Button>
  return (
    <>
      <PageTitle
        title={`Team ${team}`}
        above={
          <nav className="crumbs" aria-label="Breadcrumb">
            <Link to="/organization">Organizations</Link> / <Link to={`/organization/${org}?tab=Teamsandmembership`}>{org}</Link>
          </nav>
        }
        actions={add}
      />
      <div className="stack">
        <Answer query={members} what={`the team ${team}`}>
          {(found) =>
            found.members.length > 0 ? (
              <DataTable
                label="Members"
                rows={found.members}
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
                  { title: 'Kind', render: (row) => (row.is_robot ? 'Robot account' : 'User') },
                ]}
                actions={
                  found.can_edit
                    ? (row) => (
                        <Button variant="link" isInline isDanger onClick={() => void remove(row.name)}>
                          Remove<span className="off-screen"> {row.name}</span>
                        </Button>
                      )
                    : undefined
                }
              />
            ) : (
              <Empty title="Nobody is in this team" actions={add}>
                Members have the rights that the team has.
              </Empty>
            )
          }
        </Answer>
        <section>
          <Title headingLevel="h2" size="lg">
            Repositories where it has a role
          </Title>
          <Answer query={permissions} what="the team's repositories" rows={2}>
            {(found) =>
              found.permissions.length > 0 ? (
                <DataTable
                  label="Repositories"
                  rows={found.permissions}
                  rowKey={(row) => row.repository.name}
                  columns={[
                    {
                      title: 'Repository',
                      render: ({ repository }) => (
                        <Link to={`/repository/${repository.namespace}/${repository.name}`}>
                          {repository.namespace}/{repository.name}
                        </Link>
                      ),
                    },
                    { title: 'Role', render: (row) => row.role },
                  ]}
                />
              ) : (
                <p className="quiet">None. A repository&apos;s settings give a team a role.</p>
              )
            }
          </Answer>
        </section>
      </div>
      {modal.name === 'member-add' && <AddMember org={org} team={team} onClose={modal.close} onDone={changed} />}
    </>
  )
}

interface AddProps {
  org: string
  team: string
  onClose: () => void
  onDone: () => Promise<unknown>
}

function AddMember({ org, team, onClose, onDone }: AddProps) {
  const [name, setName] = useState('')
  const add = async () => {
    const path = { orgname: org, teamname: team, membername: name }
    await ok(api.PUT('/api/v1/organization/{orgname}/team/{teamname}/members/{membername}', { params: { path } }))
    toast('success', `${name} is in ${team}`)
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Add a member to ${team}`} action="Add" isReady={name !== ''} onAction={add} onClose={onClose}>
      <EntityField label="User or robot account" namespace={org} value={name} onChange={setName} />
    </Dialog>
  )
}
