import { Button } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { Answer } from './States'
import { toastError } from './toasts'

interface Props {
  repository: string
  tag: string
  digest: string
  mayWrite: boolean
  onClose: () => void
}

/** The manifest's own labels, which stay, and those that people put on. */
export function TagLabels({ repository, tag, digest, mayWrite, onClose }: Props) {
  const queries = useQueryClient()
  const path = { repository, manifestref: digest }
  const key = keys.repository(repository, 'labels', digest)
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ok(api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/labels', { params: { path }, signal })),
  })
  const changed = () => queries.invalidateQueries({ queryKey: key })
  const add = async () => {
    const body = { key: name, value, media_type: 'text/plain' as const }
    await ok(api.POST('/api/v1/repository/{repository}/manifest/{manifestref}/labels', { params: { path }, body }))
    setName('')
    setValue('')
    await changed()
  }
  const remove = async (labelid: string) => {
    try {
      await ok(
        api.DELETE('/api/v1/repository/{repository}/manifest/{manifestref}/labels/{labelid}', { params: { path: { ...path, labelid } } }),
      )
      await changed()
    } catch (error) {
      toastError('The label was not deleted', error)
    }
  }
  return (
    <Dialog
      title={`Labels of ${tag}`}
      action={mayWrite ? 'Add label' : undefined}
      isReady={name !== ''}
      onAction={add}
      onClose={onClose}
      size="medium"
    >
      <Answer query={query} what="the labels" rows={3}>
        {({ labels }) =>
          labels.length > 0 ? (
            <DataTable
              label="Labels"
              rows={labels}
              rowKey={(row) => row.id}
              columns={[
                { title: 'Key', render: (row) => <code>{row.key}</code> },
                { title: 'Value', render: (row) => row.value },
                {
                  title: 'From',
                  render: (row) =>
                    row.source_type === 'api' && mayWrite ? (
                      <Button variant="link" isInline isDanger onClick={() => void remove(row.id)}>
                        Delete<span className="off-screen"> {row.key}</span>
                      </Button>
                    ) : (
                      'manifest'
                    ),
                },
              ]}
            />
          ) : (
            <p className="quiet">There are none.</p>
          )
        }
      </Answer>
      {mayWrite && (
        <>
          <Field label="Key" value={name} onChange={setName} />
          <Field label="Value" value={value} onChange={setValue} />
        </>
      )}
    </Dialog>
  )
}
