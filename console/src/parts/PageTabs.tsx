import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { type ReactNode, Suspense } from 'react'
import { useSearchParams } from 'react-router'
import { Loading } from './States'

export interface PageTab {
  /** As `?tab=` has it. */
  key: string
  title: string
  content: () => ReactNode
}

/** Tabs whose choice is in the URL: read without regard to case, the first one when unknown. */
export function PageTabs({ label, tabs }: { label: string; tabs: PageTab[] }) {
  const [search, setSearch] = useSearchParams()
  const asked = search.get('tab')?.toLowerCase()
  const chosen = tabs.find((tab) => tab.key.toLowerCase() === asked) ?? tabs[0]
  if (!chosen) return null
  return (
    <>
      <Tabs
        aria-label={label}
        activeKey={chosen.key}
        // A tab begins afresh: filter, order and page were the other one's.
        onSelect={(_, key) => setSearch({ tab: String(key) })}
      >
        {tabs.map((tab) => (
          <Tab key={tab.key} eventKey={tab.key} title={<TabTitleText>{tab.title}</TabTitleText>} tabContentId={`tab-${tab.key}`} />
        ))}
      </Tabs>
      <section id={`tab-${chosen.key}`} role="tabpanel" aria-label={chosen.title} className="tab-panel">
        <Suspense fallback={<Loading />}>{chosen.content()}</Suspense>
      </section>
    </>
  )
}
