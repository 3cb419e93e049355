import { Link } from 'react-router'
import { api } from '../../api/client'
import { CopyButton } from '../../parts/CopyButton'
import { DataTable } from '../../parts/DataTable'
import { Answer, Empty } from '../../parts/States'
import { pathOf, type Place, usePart } from './place'

/** The images that a chart's values and templates name. */
export default function ImagesTab({ place }: { place: Place }) {
  const images = usePart(place, 'images', (options) =>
    api.GET('/api/v1/repository/{repository}/manifest/{manifestref}/chart/images', options),
  )
  return (
    <Answer query={images} what="the images">
      {({ images: found }) =>
        found.length === 0 ? (
          <Empty title="No images found">
            No value and no template of this chart names an image, as far as text can tell.
          </Empty>
        ) : (
          <DataTable
            label="Images"
            rows={found}
            rowKey={(one) => one.image}
            columns={[
              {
                title: 'Image',
                render: (one) => (
                  <span className="named">
                    <code className="wrap">{one.image}</code>
                    <CopyButton text={one.image} what={`image ${one.image}`} />
                  </span>
                ),
              },
              {
                title: 'Where',
                render: (one) =>
                  one.place?.digest ? (
                    <Link to={pathOf(one.place.repository, one.place.tag, one.place.digest)}>in this registry</Link>
                  ) : (
                    'not in this registry'
                  ),
              },
            ]}
          />
        )
      }
    </Answer>
  )
}
