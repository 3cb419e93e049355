import { Button } from '@patternfly/react-core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { keys } from '../api/keys'
import { Dialog } from './Dialog'
import { Logins } from './Logins'
import { getRobot, regenerate, shortName, type Place } from './robotCalls'
import { Answer } from './States'
import { toast, toastError } from './toasts'

interface Props extends Place {
  name: string
  onClose: () => void
}

/** A robot's token with its logins, and a new token. */
export default function RobotToken({ name, onClose, ...place }: Props) {
  const queries = useQueryClient()
  const key = keys.namespace(place.namespace, 'robot', name)
  const query = useQuery({ queryKey: key, gcTime: 0, queryFn: ({ signal }) => getRobot(place, shortName(name), signal) })
  const renew = async () => {
    try {
      queries.setQueryData(key, await regenerate(place, shortName(name)))
      toast('success', `${name} has a new token; the old one is refused from now on`)
    } catch (error) {
      toastError('The token was not renewed', error)
    }
  }
  return (
    <Dialog title={name} onClose={onClose} size="medium">
      <Answer query={query} what="the robot account" rows={4}>
        {(robot) => (
          <>
            <Logins username={robot.name} token={robot.token} namespace={place.namespace} />
            <div>
              <Button variant="secondary" isDanger onClick={() => void renew()}>
                Make a new token
              </Button>
              <p className="quiet">Whoever uses the old one is refused at once.</p>
            </div>
          </>
        )}
      </Answer>
    </Dialog>
  )
}
