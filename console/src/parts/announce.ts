/** Tell those who listen rather than look, through the page's live region. */
export function announce(text: string): void {
  const region = document.getElementById('announcements')
  if (!region) return
  region.textContent = ''
  // A region that says the same again says nothing: empty it for one frame.
  requestAnimationFrame(() => {
    region.textContent = text
  })
}
