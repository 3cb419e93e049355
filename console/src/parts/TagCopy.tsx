import { Button } from '@patternfly/react-core'
import TerminalIcon from '@patternfly/react-icons/dist/esm/icons/terminal-icon'
import { useQueryClient } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { announce } from './announce'
import { copyText } from './CopyButton'
import { preferred } from './PushCommands'
import { usePreferredClient } from './preferredClient'
import { toast, toastError } from './toasts'

interface Props {
  repository: string
  tag: string
  digest: string
  kind: string
}

/** One click: the command that fetches this tag, of the right client for its kind. */
export function TagCopy({ repository, tag, digest, kind }: Props) {
  const queries = useQueryClient()
  const [client] = usePreferredClient()
  const copy = async () => {
    try {
      const { commands } = await queries.fetchQuery({
        queryKey: keys.repository(repository, 'commands', digest, tag),
        staleTime: 300_000,
        queryFn: () =>
          ok(
            api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/commands', {
              params: { path: { repository, manifestref: digest }, query: { tag } },
            }),
          ),
      })
      const found = preferred(
        commands.filter((one) => one.reference !== 'digest' && one.text !== ''),
        client,
      )[0]
      if (!found) return toast('info', `There is no command for this kind: ${kind}`)
      if (await copyText(found.text)) {
        announce(`Copied ${found.title} command for ${tag}`)
        toast('success', `Copied: ${found.title}`, found.text)
      } else {
        toast('info', 'The browser does not let this page copy', found.text)
      }
    } catch (error) {
      toastError('The command was not copied', error)
    }
    return undefined
  }
  return (
    <Button
      variant="plain"
      size="sm"
      icon={<TerminalIcon />}
      aria-label={`Copy command for ${tag}`}
      title={`Copy command for ${tag}`}
      onClick={() => void copy()}
    />
  )
}
