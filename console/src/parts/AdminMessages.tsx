import { Button } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { Choice } from './Choice'
import { DataTable } from './DataTable'
import { Dialog } from './Dialog'
import { Field } from './Field'
import { Answer, Empty } from './States'
import { toast, toastError } from './toasts'
import { useModal } from './useModal'

const SEVERITIES = [
  ['info', 'Information'],
  ['warning', 'Warning'],
  ['error', 'Error'],
] as const

/** What stands above every page until it is taken away. */
export default function AdminMessages() {
  const modal = useModal()
  const queries = useQueryClient()
  const key = keys.admin('messages')
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => ok(api.GET('/api/v1/messages', { signal })) })
  const changed = () => queries.invalidateQueries({ queryKey: key })
  const remove = async (uuid: string) => {
    try {
      await ok(api.DELETE('/api/v1/message/{uuid}', { params: { path: { uuid } } }))
      toast('success', 'The message is gone')
      await changed()
    } catch (error) {
      toastError('The message was not deleted', error)
    }
  }
  const create = <Button onClick={() => modal.show('message-create')}>Write a message</Button>
  return (
    <>
      <div className="list-toolbar">
        <div className="list-toolbar-end">{create}</div>
      </div>
      <Answer query={query} what="the messages">
        {({ messages }) =>
          messages.length > 0 ? (
            <DataTable
              label="Messages"
              rows={messages}
              rowKey={(row) => row.uuid}
              columns={[
                { title: 'Message', render: (row) => row.content },
                { title: 'Severity', render: (row) => row.severity },
              ]}
              actions={(row) => (
                <Button variant="link" isInline isDanger onClick={() => void remove(row.uuid)}>
                  Delete<span className="off-screen"> {row.content}</span>
                </Button>
              )}
            />
          ) : (
            <Empty title="No messages" actions={create}>
              A message stands above every page, for everybody.
            </Empty>
          )
        }
      </Answer>
      {modal.name === 'message-create' && <Write onClose={modal.close} onDone={changed} />}
    </>
  )
}

function Write({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<unknown> }) {
  const [content, setContent] = useState('')
  const [severity, setSeverity] = useState<'info' | 'warning' | 'error'>('info')
  const save = async () => {
    await ok(api.POST('/api/v1/messages', { body: { message: { content, severity, media_type: 'text/plain' } } }))
    onClose()
    await onDone()
  }
  return (
    <Dialog title="Write a message" action="Show it to everybody" isReady={content.trim() !== ''} onAction={save} onClose={onClose}>
      <Field label="Message" value={content} onChange={setContent} isRequired />
      <Choice label="Severity" value={severity} options={SEVERITIES} onChange={setSeverity} />
    </Dialog>
  )
}
