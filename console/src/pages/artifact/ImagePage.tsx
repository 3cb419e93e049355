import { api } from '../../api/client'
import { PageTabs } from '../../parts/PageTabs'
import { Answer } from '../../parts/States'
import { CopyButton } from '../../parts/CopyButton'
import { Facts, listed } from './Facts'
import { ImageLayers } from './ImageLayers'
import { ManifestFacts } from './ManifestFacts'
import { Platforms } from './Platforms'
import TrustTab from './TrustTab'
import { type Place, type PageProps, usePart } from './place'
import type { components } from '../../api/schema'

type Image = components['schemas']['ImageDetails']

export function useImage(place: Place) {
  return usePart(place, 'image', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/image', options),
  )
}

/** A container image, or an index of them by platform. */
export default function ImagePage({ place, artifact }: PageProps) {
  const image = useImage(place)
  return (
    <Answer query={image} what="the image">
      {(found) =>
        found.children.length > 0 ? (
          <Platforms place={place} artifact={artifact} index={found} />
        ) : (
          <ImageTabs place={place} artifact={artifact} image={found} />
        )
      }
    </Answer>
  )
}

export function ImageTabs({ place, artifact, image }: PageProps & { image: Image }) {
  return (
    <PageTabs
      label="Parts of the image"
      tabs={[
        {
          key: 'details',
          title: 'Details',
          content: () => <Details place={place} artifact={artifact} image={image} />,
        },
        { key: 'layers', title: 'Layers', content: () => <ImageLayers image={image} /> },
        { key: 'trust', title: 'Signatures', content: () => <TrustTab place={place} /> },
      ]}
    />
  )
}

function Details({ place, artifact, image }: PageProps & { image: Image }) {
  const { configuration: config, platform } = image
  return (
    <div className="stack">
      <Configuration image={image} />
      <section aria-labelledby="manifest">
        <h2 id="manifest">Manifest</h2>
        <ManifestFacts
          place={place}
          artifact={artifact}
          first={{ Platform: platformName(platform), Author: image.author, 'Stop signal': config.stop_signal }}
        />
      </section>
    </div>
  )
}

/** How a container is started. */
export function Configuration({ image }: { image: Image }) {
  const config = image.configuration
  return (
    <section aria-labelledby="configuration">
      <h2 id="configuration">Configuration</h2>
      <Facts
        facts={{
          Entrypoint: config.entrypoint.length > 0 && <code className="wrap">{JSON.stringify(config.entrypoint)}</code>,
          Command: config.command.length > 0 && <code className="wrap">{JSON.stringify(config.command)}</code>,
          User: config.user || 'root (not set)',
          'Working directory': config.working_dir && <code>{config.working_dir}</code>,
          Ports: config.ports.join(', '),
          Volumes: config.volumes.join(', '),
          Environment: listed(config.environment, (line) => (
            <span className="named">
              <code className="wrap">{line}</code>
              <CopyButton text={line} what={`variable ${line.split('=')[0]}`} />
            </span>
          )),
          Labels: listed(Object.entries(image.labels), ([name, value]) => (
            <code className="wrap">
              {name}={value}
            </code>
          )),
        }}
      />
    </section>
  )
}

export function platformName(platform: Image['platform']): string {
  const known = [platform.os, platform.architecture, platform.variant].filter((part) => part && part !== 'unknown')
  return known.join('/')
}
