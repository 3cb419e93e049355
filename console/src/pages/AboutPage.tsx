import { useConfig } from '../api/queries'
import { PageTitle } from '../parts/PageTitle'
import { Answer } from '../parts/States'

export default function AboutPage() {
  const config = useConfig()
  return (
    <>
      <PageTitle title="About" />
      <Answer query={config} what="the configuration">
        {({ version_number, config: values }) => (
          <dl className="facts">
            <dt>Version</dt>
            <dd>{version_number}</dd>
            <dt>Registry</dt>
            <dd>
              <code>{values.SERVER_HOSTNAME}</code>
            </dd>
            {values.CONTACT_INFO.length > 0 && (
              <>
                <dt>Contact</dt>
                <dd>{values.CONTACT_INFO.join(', ')}</dd>
              </>
            )}
            <dt>API</dt>
            <dd>
              <a href="/api/v1/docs">The management API, to read and to try</a>
            </dd>
            <dt>Made with</dt>
            <dd>
              PatternFly and React (MIT), Red Hat fonts (OFL): <a href="/LICENSES.txt">their licences</a>
            </dd>
          </dl>
        )}
      </Answer>
    </>
  )
}
