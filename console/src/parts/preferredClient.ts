import { useState } from 'react'

const KEY = 'moorage.client'

export const CLIENTS = [
  ['', 'As the artifact suggests'],
  ['helm', 'Helm'],
  ['docker', 'Docker'],
  ['podman', 'Podman'],
  ['skopeo', 'Skopeo'],
  ['nerdctl', 'nerdctl'],
  ['oras', 'ORAS'],
] as const

/** The client whose commands come first, remembered in this browser. */
export function usePreferredClient(): [string, (client: string) => void] {
  const [client, setClient] = useState(() => localStorage.getItem(KEY) ?? '')
  const keep = (chosen: string) => {
    localStorage.setItem(KEY, chosen)
    setClient(chosen)
  }
  return [client, keep]
}
