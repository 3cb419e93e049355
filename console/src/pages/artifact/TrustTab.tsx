import { Label } from '@patternfly/react-core'
import { api } from '../../api/client'
import { Answer } from '../../parts/States'
import { Facts } from './Facts'
import { RawText } from './RawText'
import { Referrers } from './Referrers'
import { type Place, usePart } from './place'

const STATES = {
  none: { text: 'No provenance', color: 'grey' },
  verified: { text: 'Verified', color: 'green' },
  unknown_key: { text: 'Signed by an unknown key', color: 'orange' },
  failed: { text: 'Does not hold', color: 'red' },
} as const

/** Who signed it: the provenance beside a chart, and what refers to the manifest. */
export default function TrustTab({ place, hasProvenance = false }: { place: Place; hasProvenance?: boolean }) {
  return (
    <div className="stack">
      {hasProvenance && <Provenance place={place} />}
      <section aria-labelledby="referrers">
        <h2 id="referrers">Signatures, SBOMs and other referrers</h2>
        <Referrers place={place} />
      </section>
    </div>
  )
}

function Provenance({ place }: { place: Place }) {
  const provenance = usePart(place, 'provenance', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/provenance', options),
  )
  return (
    <section aria-labelledby="provenance" className="stack-small">
      <h2 id="provenance">Provenance</h2>
      <Answer query={provenance} what="the provenance" rows={2}>
        {({ provenance: found, text }) => (
          <>
            <Facts
              facts={{
                State: (
                  <Label isCompact color={STATES[found.state].color}>
                    {STATES[found.state].text}
                  </Label>
                ),
                'Signed by': found.signed_by.join(', '),
                Fingerprint: found.fingerprint && <code className="wrap">{found.fingerprint}</code>,
                Why: found.reason,
                'How to add it': found.state === 'none' && <HowToSign />,
              }}
            />
            {text && <RawText text={text} label="Provenance file" />}
          </>
        )}
      </Answer>
    </section>
  )
}

function HowToSign() {
  return (
    <>
      <code>helm package --sign</code> makes a .prov file; it is pushed with the archive.
    </>
  )
}
