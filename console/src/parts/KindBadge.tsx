import { Label } from '@patternfly/react-core'

type Color = 'blue' | 'teal' | 'green' | 'orange' | 'purple' | 'red' | 'grey'

/** What was pushed, in the words of the API's `kind`. */
const KINDS: Record<string, { text: string; color: Color }> = {
  chart: { text: 'Chart', color: 'blue' },
  image: { text: 'Image', color: 'teal' },
  multiarch_image: { text: 'Multi-platform image', color: 'teal' },
  policy: { text: 'OPA bundle', color: 'purple' },
  operator_bundle: { text: 'Operator bundle', color: 'orange' },
  operator_catalog: { text: 'Operator catalog', color: 'orange' },
  sbom: { text: 'SBOM', color: 'green' },
  signature: { text: 'Signature', color: 'green' },
  attestation: { text: 'Attestation', color: 'green' },
  wasm: { text: 'WebAssembly', color: 'purple' },
  artifact: { text: 'Artifact', color: 'grey' },
}

export function kindName(kind: string): string {
  return KINDS[kind]?.text ?? kind
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
