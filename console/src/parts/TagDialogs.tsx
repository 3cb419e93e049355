import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { each } from './bulk'
import { Dialog } from './Dialog'
import { shortDigest } from './Digest'
import { Field } from './Field'
import { counted, timeOf } from './format'
import { Answer } from './States'
import { TagLabels } from './TagLabels'
import type { TagRow } from './TagsTab'
import { tagProblem } from './names'
import { toast } from './toasts'

interface Props {
  repository: string
  dialog: string
  mayWrite: boolean
  rows: TagRow[]
  row: TagRow | undefined
  chosen: string[]
  onClose: () => void
  onDone: () => Promise<unknown>
}

/** What is done with a tag, or with the chosen ones. */
export default function TagDialogs(props: Props) {
  const { dialog, row, rows, chosen, ...rest } = props
  if (dialog === 'tags-delete') {
    return <DeleteTags {...rest} rows={rows.filter((one) => chosen.includes(one.name))} chosen={chosen} />
  }
  if (!row) return null
  switch (dialog) {
    case 'tag-delete':
      return <DeleteTags {...rest} rows={[row]} chosen={[row.name]} />
    case 'tag-add':
      return <AddTag {...rest} row={row} />
    case 'tag-expiry':
      return <Expiry {...rest} row={row} />
    case 'tag-labels':
      return <TagLabels repository={rest.repository} tag={row.name} digest={row.digest} mayWrite={rest.mayWrite} onClose={rest.onClose} />
    default:
      return null
  }
}

type Shared = Pick<Props, 'repository' | 'onClose' | 'onDone'>

/** Names every tag of each digest: the other ones stay, and so does what they name. */
function DeleteTags({ repository, chosen, rows, onClose, onDone }: Shared & { chosen: string[]; rows: TagRow[] }) {
  const digests = [...new Set(rows.map((row) => row.digest))]
  const siblings = useQuery({
    queryKey: keys.repository(repository, 'siblings', digests),
    queryFn: ({ signal }) => Promise.all(digests.map((digest) => tagsOf(repository, digest, signal))),
  })
  const remove = async () => {
    await each(
      chosen,
      (tag) => ok(api.DELETE('/api/v1/repository/{repository}/tag/{tag}', { params: { path: { repository, tag } } })),
      String,
      (count) => `${counted(count, 'tag')} deleted; the history can bring them back`,
    )
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Delete ${counted(chosen.length, 'tag')}?`} action="Delete" isDanger onAction={remove} onClose={onClose}>
      <p>They can be brought back from the history for as long as the namespace keeps deleted tags.</p>
      <Answer query={siblings} what="the other tags" rows={2}>
        {(found) => (
          <ul className="named-list">
            {found.map(({ digest, tags }) => (
              <li key={digest}>
                <code>{shortDigest(digest)}</code>: {tags.filter((tag) => chosen.includes(tag)).join(', ')}
                {tags.some((tag) => !chosen.includes(tag)) && (
                  <span className="quiet"> (stays as {tags.filter((tag) => !chosen.includes(tag)).join(', ')})</span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </Dialog>
  )
}

async function tagsOf(repository: string, digest: string, signal: AbortSignal) {
  const path = { repository, manifestref: digest }
  const { tags } = await ok(api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/artifact', { params: { path }, signal }))
  return { digest, tags }
}

function AddTag({ repository, row, onClose, onDone }: Shared & { row: TagRow }) {
  const [tag, setTag] = useState('')
  const problem = tagProblem(tag)
  const add = async () => {
    await ok(
      api.PUT('/api/v1/repository/{repository}/tag/{tag}', { params: { path: { repository, tag } }, body: { manifest_digest: row.digest } }),
    )
    toast('success', `${tag} names what ${row.name} names`)
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`Add a tag to ${row.name}`} action="Add" isReady={tag !== '' && !problem} onAction={add} onClose={onClose}>
      <Field label="Tag" value={tag} onChange={setTag} problem={problem} help="A tag of this name moves here." isRequired />
    </Dialog>
  )
}

function Expiry({ repository, row, onClose, onDone }: Shared & { row: TagRow }) {
  const [day, setDay] = useState(row.expiration ? timeOf(row.expiration).toISOString().slice(0, 10) : '')
  const save = async () => {
    const expiration = day ? Math.floor(Date.parse(`${day}T00:00:00`) / 1000) : null
    await ok(api.PUT('/api/v1/repository/{repository}/tag/{tag}', { params: { path: { repository, tag: row.name } }, body: { expiration } }))
    toast('success', day ? `${row.name} expires on ${day}` : `${row.name} does not expire`)
    onClose()
    await onDone()
  }
  return (
    <Dialog title={`When does ${row.name} expire?`} action="Save" onAction={save} onClose={onClose}>
      <Field label="On" type="date" value={day} onChange={setDay} help="Leave it empty, and the tag stays." />
    </Dialog>
  )
}
