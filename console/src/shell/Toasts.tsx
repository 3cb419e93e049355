import { Alert, AlertActionCloseButton, AlertGroup } from '@patternfly/react-core'
import { dismiss, useToasts } from '../parts/toasts'

export function Toasts() {
  const shown = useToasts()
  return (
    <AlertGroup isToast isLiveRegion hasAnimations={false}>
      {shown.map((one) => (
        <Alert
          key={one.id}
          variant={one.kind}
          title={one.title}
          actionClose={<AlertActionCloseButton title={one.title} onClose={() => dismiss(one.id)} />}
        >
          {one.detail}
          {one.requestId && <small className="request-id">Request {one.requestId}</small>}
        </Alert>
      ))}
    </AlertGroup>
  )
}
