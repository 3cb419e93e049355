export type Theme = 'system' | 'light' | 'dark'

const KEY = 'moorage.theme'

export function theme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** `paintTheme.js`, which ran before the first paint, applies it. */
export function setTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen)
  dispatchEvent(new Event('moorage-theme'))
}
