import { Label } from '@patternfly/react-core'

type Color = 'blue' | 'teal' | 'green' | 'orange' | 'purple' | 'red' | 'grey'

/** What was pushed, in the words of the API's `kind`. */
const KINDS: Record<string, { text: string; color: Color }> = {
  chart: { text: 'Chart', color: 'blue' },
  image: { text: 'Image', color: 'teal' },
  index: { text: 'Image', color: 'teal' },
  opa: { text: 'OPA bundle', color: 'purple' },
  operator: { text: 'Operator bundle', color: 'orange' },
  signature: { text: 'Signature', color: 'green' },
  sbom: { text: 'SBOM', color: 'green' },
  attestation: { text: 'Attestation', color: 'green' },
  artifact: { text: 'Artifact', color: 'grey' },
}

export function KindBadge({ kind }: { kind: string | null | undefined }) {
  if (!kind) return <>–</>
  const shown = KINDS[kind] ?? { text: kind, color: 'grey' as const }
  return (
    <Label color={shown.color} isCompact>
      {shown.text}
    </Label>
  )
}
