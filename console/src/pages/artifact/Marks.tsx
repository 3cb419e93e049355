import { Label } from '@patternfly/react-core'

interface Props {
  isSigned?: boolean
  isDeprecated?: boolean
  isPrerelease?: boolean
}

/** What one should know before taking a version. */
export function Marks({ isSigned, isDeprecated, isPrerelease }: Props) {
  return (
    <>
      {isPrerelease && (
        <Label isCompact color="orange">
          Pre-release
        </Label>
      )}
      {isDeprecated && (
        <Label isCompact color="red">
          Deprecated
        </Label>
      )}
      {isSigned && (
        <Label isCompact color="green">
          Signed
        </Label>
      )}
    </>
  )
}
