import { TextInput } from '@patternfly/react-core'
import { type FormEvent, useEffect, useState } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'

/** Search everywhere; `/` goes here. */
export function SearchBox() {
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const isOnSearch = useLocation().pathname === '/search'
  const asked = isOnSearch ? (search.get('q') ?? '') : ''
  const [text, setText] = useState(asked)
  useEffect(() => setText(asked), [asked])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void navigate(`/search?q=${encodeURIComponent(text.trim())}`)
  }
  return (
    <form role="search" aria-label="Search everywhere" className="search-box" onSubmit={submit}>
      <TextInput
        id="search-box"
        type="search"
        aria-label="Search repositories, charts and people"
        placeholder="Search ( / )"
        value={text}
        onChange={(_, value) => setText(value)}
      />
    </form>
  )
}
