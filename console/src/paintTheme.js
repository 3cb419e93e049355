// Runs before first paint, so that a dark page never flashes white.
;(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    let chosen = 'system'
    try {
      chosen = localStorage.getItem('moorage.theme') ?? 'system'
    } catch {
      // Storage may be switched off: then the system decides.
    }
    const isDark = chosen === 'dark' || (chosen !== 'light' && dark.matches)
    document.documentElement.classList.toggle('pf-v6-theme-dark', isDark)
  }
  apply()
  dark.addEventListener('change', apply)
  addEventListener('moorage-theme', apply)
})()
