import { Link } from 'react-router'
import { CopyButton } from '../../parts/CopyButton'
import { Digest } from '../../parts/Digest'
import { RelativeTime } from '../../parts/RelativeTime'
import { Size } from '../../parts/Size'
import { type FactList, Facts, listed } from './Facts'
import { type PageProps, pathOf } from './place'

/** What every manifest has: digest, size, tags, media type, annotations. */
export function ManifestFacts({ place, artifact, first = {} }: PageProps & { first?: FactList }) {
  const { repository } = place
  return (
    <Facts
      facts={{
        ...first,
        Digest: <Digest value={artifact.digest} />,
        Size: <Size bytes={artifact.size} />,
        Pushed: <RelativeTime at={artifact.created} />,
        Tags:
          artifact.tags.length > 0 ? (
            <span className="tag-list">
              {artifact.tags.map((tag) => (
                <Link key={tag} to={pathOf(repository, tag)}>
                  {tag}
                </Link>
              ))}
            </span>
          ) : (
            'none: it will be removed'
          ),
        About: artifact.subject && (
          <Link to={pathOf(repository, null, artifact.subject)}>{artifact.subject.slice(0, 19)}</Link>
        ),
        'Media type': <code>{artifact.media_type}</code>,
        'Artifact type': artifact.artifact_type && <code>{artifact.artifact_type}</code>,
        Annotations: listed(Object.entries(artifact.annotations), ([name, value]) => (
          <span className="annotation">
            <code>{name}</code> <span>{value}</span>
            <CopyButton text={value} what={`annotation ${name}`} />
          </span>
        )),
      }}
    />
  )
}
