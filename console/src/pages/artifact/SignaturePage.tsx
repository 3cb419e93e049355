import { Label } from '@patternfly/react-core'
import { Link } from 'react-router'
import { api } from '../../api/client'
import type { components } from '../../api/schema'
import { PageTabs } from '../../parts/PageTabs'
import { shortDigest } from '../../parts/Digest'
import { RelativeTime } from '../../parts/RelativeTime'
import { Answer, Empty } from '../../parts/States'
import { Facts, listed } from './Facts'
import { Files } from './Files'
import { ManifestFacts } from './ManifestFacts'
import { Problems } from './Problems'
import { type PageProps, pathOf, usePart } from './place'

type Details = components['schemas']['SignatureDetails']

const STATES = {
  verified: { text: 'Verified', color: 'green' },
  unknown_key: { text: 'Unknown key', color: 'orange' },
  failed: { text: 'Does not hold', color: 'red' },
  unchecked: { text: 'Not checked', color: 'grey' },
} as const

/** Who signed or attested what. */
export default function SignaturePage({ place, artifact }: PageProps) {
  const signature = usePart(place, 'signature', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/signature', options),
  )
  return (
    <Answer query={signature} what="the signature">
      {(found) => (
        <>
          <Problems problems={found.problems} />
          <PageTabs
            label="Parts of the signature"
            tabs={[
              {
                key: 'signatures',
                title: artifact.kind === 'attestation' ? 'Statements' : 'Signatures',
                content: () => <Signatures details={found} repository={place.repository} />,
              },
              { key: 'files', title: 'Files', content: () => <Files place={place} /> },
              { key: 'details', title: 'Details', content: () => <ManifestFacts place={place} artifact={artifact} /> },
            ]}
          />
        </>
      )}
    </Answer>
  )
}

function Signatures({ details, repository }: { details: Details; repository: string }) {
  if (details.signatures.length + details.statements.length === 0) {
    return <Empty title="No signature found">Its files are shown in the next tab.</Empty>
  }
  return (
    <div className="stack">
      {details.subject_digest && (
        <p>
          About <Link to={pathOf(repository, null, details.subject_digest)}>{shortDigest(details.subject_digest)}</Link>
        </p>
      )}
      {details.signatures.map((one, place) => (
        <Facts
          key={place}
          facts={{
            State: (
              <Label isCompact color={STATES[one.state].color}>
                {STATES[one.state].text}
              </Label>
            ),
            Why: one.reason,
            Format: one.format,
            Identity: one.identity,
            Issuer: one.issuer,
            Fingerprint: one.fingerprint && <code className="wrap">{one.fingerprint}</code>,
            'Signed digest': one.signed_digest && <code className="wrap">{one.signed_digest}</code>,
            Signed: one.signed_at && <RelativeTime at={one.signed_at} />,
          }}
        />
      ))}
      {details.statements.map((one, place) => (
        <Facts
          key={place}
          facts={{
            Predicate: <code className="wrap">{one.predicate_type}</code>,
            Builder: one.builder,
            Subjects: listed(one.subjects, (subject) => <code className="wrap">{subject}</code>),
          }}
        />
      ))}
    </div>
  )
}
