import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { Choice } from './Choice'
import { CopyButton } from './CopyButton'
import { Commands, preferred } from './PushCommands'
import { usePreferredClient } from './preferredClient'
import { Snippet } from './Snippet'
import { Answer } from './States'

interface Props {
  username: string
  token: string
  namespace?: string
}

/** A token, hidden until asked for, with ready-made logins and files for each client. */
export function Logins({ username, token, namespace }: Props) {
  const [client] = usePreferredClient()
  const [isShown, setShown] = useState(false)
  const logins = useQuery({
    queryKey: keys.own('logins', username, namespace),
    queryFn: ({ signal }) => ok(api.GET('/api/v1/commands/login', { params: { query: { username, namespace } }, signal })),
  })
  // Kept nowhere: the files hold the token.
  const files = useQuery({
    queryKey: keys.own('files', username, token),
    gcTime: 0,
    queryFn: ({ signal }) => ok(api.POST('/api/v1/commands/files', { body: { username, token }, signal })),
  })
  return (
    <div className="stack">
      <dl className="facts">
        <dt>User name</dt>
        <dd>
          <code>{username}</code> <CopyButton text={username} what="user name" />
        </dd>
        <dt>Token</dt>
        <dd>
          <code className="secret">{isShown ? token : '•'.repeat(16)}</code>
          <button type="button" className="pf-v6-c-button pf-m-link pf-m-inline" onClick={() => setShown(!isShown)}>
            {isShown ? 'Hide' : 'Show'}
          </button>
          <CopyButton text={token} what="token" />
        </dd>
      </dl>
      <Answer query={logins} what="the logins" rows={2}>
        {({ commands }) => <Commands commands={preferred(commands, client)} />}
      </Answer>
      <Answer query={files} what="the files" rows={2}>
        {({ files: made }) => <Files files={made} />}
      </Answer>
    </div>
  )
}

interface LoginFile {
  title: string
  file_name: string
  path: string
  text: string
  note: string
}

function Files({ files }: { files: LoginFile[] }) {
  const [chosen, setChosen] = useState(files[0]?.title ?? '')
  const file = files.find((one) => one.title === chosen)
  if (!file) return null
  return (
    <div className="stack">
      <Choice label="As a file" value={chosen} options={files.map((one) => [one.title, one.title] as const)} onChange={setChosen} />
      <Snippet label={file.path || file.file_name} text={file.text} what={`${file.title} file`} />
      {file.note && <p className="quiet">{file.note}</p>}
      <p>
        <button type="button" className="pf-v6-c-button pf-m-link pf-m-inline" onClick={() => download(file)}>
          Download {file.file_name}
        </button>
      </p>
    </div>
  )
}

function download({ file_name, text }: LoginFile) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
  link.download = file_name
  link.click()
  URL.revokeObjectURL(link.href)
}
