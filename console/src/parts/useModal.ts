import { useCallback } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'

/** The open dialog is in the URL, so that a view can be sent on and Back closes it. */
export function useModal() {
  const [search, setSearch] = useSearchParams()
  const navigate = useNavigate()
  const isOurs = (useLocation().state as { isModal?: boolean } | null)?.isModal === true
  const show = useCallback(
    (name: string, values: Record<string, string> = {}) => {
      setSearch(
        (now) => {
          now.set('modal', name)
          for (const [key, value] of Object.entries(values)) now.set(key, value)
          return now
        },
        { state: { isModal: true } },
      )
    },
    [setSearch],
  )
  const close = useCallback(
    (...values: string[]) => {
      if (isOurs) return void navigate(-1)
      setSearch(
        (now) => {
          for (const key of ['modal', ...values]) now.delete(key)
          return now
        },
        { replace: true },
      )
    },
    [isOurs, navigate, setSearch],
  )
  return { name: search.get('modal'), value: (key: string) => search.get(key) ?? '', show, close }
}
