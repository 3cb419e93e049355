import './artifact/artifact.css'
import { Button } from '@patternfly/react-core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { api, ok } from '../api/client'
import { keys } from '../api/keys'
import type { components } from '../api/schema'
import { counted } from '../parts/format'
import { KindBadge, kindName } from '../parts/KindBadge'
import { PageTitle } from '../parts/PageTitle'
import { RelativeTime } from '../parts/RelativeTime'
import { Answer, Empty } from '../parts/States'
import { Marks } from './artifact/Marks'
import { pathOf } from './artifact/place'

type Found = components['schemas']['ArtifactsFound']
type Result = Found['results'][number]
type Kind = Result['kind']

/** Everything one may see, by its words; the URL holds question and facets. */
export default function SearchPage() {
  const [search, setSearch] = useSearchParams()
  const text = search.get('q') ?? ''
  const page = Number(search.get('page')) || 1
  const signed = search.get('signed')
  const query = {
    query: text,
    kind: (search.get('kind') as Kind | null) ?? undefined,
    org: search.get('org') ?? undefined,
    signed: signed === null ? undefined : signed === 'yes',
    page,
  }
  const found = useQuery({
    queryKey: keys.search(query),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(api.GET('/api/v1/find/artifacts', { params: { query }, signal })),
  })
  const set = (key: string, value: string | null) =>
    setSearch((now) => {
      if (value === null) now.delete(key)
      else now.set(key, value)
      if (key !== 'page') now.delete('page')
      return now
    })
  return (
    <>
      <PageTitle title={text ? `Search: ${text}` : 'Search'}>
        {!text && <p className="summary">Charts, images and everything else that you may see; the newest first.</p>}
      </PageTitle>
      <Answer query={found} what="the results">
        {(answer) => (
          <div className="search-page">
            <Facets found={answer} search={search} onSet={set} />
            <section aria-label="Results" aria-busy={found.isPlaceholderData} className="stack">
              <p role="status">{counted(answer.total, 'result')}</p>
              {answer.results.length === 0 ? (
                <Empty title="Nothing found">
                  All words must be there; the last one may be cut short. <code>name:tag</code> finds a tag.
                </Empty>
              ) : (
                <Results results={answer.results} />
              )}
              {(page > 1 || answer.has_additional) && (
                <nav className="pager" aria-label="Pages">
                  <Button variant="secondary" isDisabled={page === 1} onClick={() => set('page', String(page - 1))}>
                    Previous
                  </Button>
                  <span>Page {page}</span>
                  <Button
                    variant="secondary"
                    isDisabled={!answer.has_additional}
                    onClick={() => set('page', String(page + 1))}
                  >
                    Next
                  </Button>
                </nav>
              )}
            </section>
          </div>
        )}
      </Answer>
    </>
  )
}

function Results({ results }: { results: Result[] }) {
  return (
    <ol className="result-list">
      {results.map((one) => (
        <li key={`${one.repository} ${one.kind}`} className="result">
          <span className="named">
            <Link to={pathOf(one.repository, one.tag, one.digest)}>{one.title || one.repository}</Link>
            <KindBadge kind={one.kind} />
            <Marks isSigned={one.is_signed} isDeprecated={one.is_deprecated} />
          </span>
          <span className="quiet">
            {one.repository} · {one.version || one.tag}
            {one.app_version && ` · app ${one.app_version}`} · {one.is_public ? 'public' : 'private'} ·{' '}
            <RelativeTime at={one.last_modified} />
          </span>
          {one.description && <span>{one.description}</span>}
        </li>
      ))}
    </ol>
  )
}

interface FacetsProps {
  found: Found
  search: URLSearchParams
  onSet: (key: string, value: string | null) => void
}

function Facets({ found, search, onSet }: FacetsProps) {
  const { kinds, organizations, signed, unsigned } = found.facets
  const shared = { search, onSet }
  return (
    <form aria-label="Narrow down" className="stack-small" onSubmit={(event) => event.preventDefault()}>
      <Facet
        {...shared}
        name="kind"
        title="Kind"
        values={kinds.map((one) => [one.value, kindName(one.value), one.count])}
      />
      <Facet
        {...shared}
        name="org"
        title="Organization"
        values={organizations.map((one) => [one.value, one.value, one.count])}
      />
      <Facet
        {...shared}
        name="signed"
        title="Signature"
        values={[
          ['yes', 'Signed', signed],
          ['no', 'Not signed', unsigned],
        ]}
      />
    </form>
  )
}

interface FacetProps {
  search: URLSearchParams
  onSet: (key: string, value: string | null) => void
  name: string
  title: string
  values: [value: string, text: string, count: number][]
}

function Facet({ search, onSet, name, title, values }: FacetProps) {
  const chosen = search.get(name)
  const shown =
    chosen !== null && !values.some(([value]) => value === chosen) ? [...values, [chosen, chosen, 0] as const] : values
  if (shown.length === 0) return null
  return (
    <fieldset className="facet">
      <legend>{title}</legend>
      {[['', 'Any', null] as const, ...shown].map(([value, text, count]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            checked={value === (chosen ?? '')}
            onChange={() => onSet(name, value || null)}
          />
          <span>
            {text}
            {count !== null && <span className="quiet"> {count}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
