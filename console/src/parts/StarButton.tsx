import { Button } from '@patternfly/react-core'
import OutlinedStarIcon from '@patternfly/react-icons/dist/esm/icons/outlined-star-icon'
import StarIcon from '@patternfly/react-icons/dist/esm/icons/star-icon'
import { useQueryClient } from '@tanstack/react-query'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import { useUser } from '../api/queries'
import { toastError } from './toasts'

interface Props {
  repository: { namespace: string; name: string; is_starred: boolean }
}

export function StarButton({ repository: { namespace, name, is_starred } }: Props) {
  const { data: user } = useUser()
  const queries = useQueryClient()
  if (!user) return null
  const full = `${namespace}/${name}`
  const flip = async () => {
    try {
      await (is_starred
        ? ok(api.DELETE('/api/v1/user/starred/{repository}', { params: { path: { repository: full } } }))
        : ok(api.POST('/api/v1/user/starred', { body: { namespace, repository: name } })))
      await queries.invalidateQueries({ queryKey: keys.repository(full) })
    } catch (error) {
      toastError('The star was not changed', error)
    }
  }
  return (
    <Button
      variant="plain"
      icon={is_starred ? <StarIcon /> : <OutlinedStarIcon />}
      aria-label={is_starred ? 'Take the star away' : 'Star'}
      aria-pressed={is_starred}
      onClick={() => void flip()}
    />
  )
}
