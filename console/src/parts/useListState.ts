import { useCallback } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'

export interface ListState {
  filter: string
  /** A column's key; `-` before it: descending. */
  sort: string
  /** The server's `next_page`, which is where this page begins. */
  page: string | undefined
  value: (key: string) => string
  setFilter: (text: string) => void
  setSort: (sort: string) => void
  setValue: (key: string, value: string) => void
  goOn: (nextPage: string) => void
  goBack: (() => void) | null
}

interface History {
  /** How many pages of this list lie before this one in the browser's history. */
  pages?: number
}

/** Filter, order and page of a list, which are in the URL; the server does the work. */
export function useListState(defaultSort: string): ListState {
  const [search, setSearch] = useSearchParams()
  const navigate = useNavigate()
  const pages = (useLocation().state as History | null)?.pages ?? 0
  const page = search.get('page') ?? undefined
  const setValue = useCallback(
    (key: string, value: string) => {
      setSearch(
        (now) => {
          if (value) now.set(key, value)
          else now.delete(key)
          now.delete('page')
          return now
        },
        { replace: true },
      )
    },
    [setSearch],
  )
  const goOn = (nextPage: string) => {
    setSearch(
      (now) => {
        now.set('page', nextPage)
        return now
      },
      { state: { pages: pages + 1 } },
    )
  }
  const goBack = () => (pages > 0 ? void navigate(-1) : setValue('page', ''))
  return {
    filter: search.get('filter') ?? '',
    sort: search.get('sort') ?? defaultSort,
    page,
    value: (key) => search.get(key) ?? '',
    setFilter: (text) => setValue('filter', text),
    setSort: (sort) => setValue('sort', sort === defaultSort ? '' : sort),
    setValue,
    goOn,
    goBack: page === undefined ? null : goBack,
  }
}
