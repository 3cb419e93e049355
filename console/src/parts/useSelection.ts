import { useState } from 'react'

export interface Selection {
  keys: string[]
  has: (key: string) => boolean
  set: (keys: string[], isOn: boolean) => void
  clear: () => void
}

/** The rows that a bulk action is for, by their keys. */
export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  return {
    keys: [...chosen],
    has: (key) => chosen.has(key),
    set: (keys, isOn) => setChosen((now) => (isOn ? new Set([...now, ...keys]) : without(now, keys))),
    clear: () => setChosen(new Set()),
  }
}

function without(now: ReadonlySet<string>, keys: string[]): Set<string> {
  return new Set([...now].filter((key) => !keys.includes(key)))
}
