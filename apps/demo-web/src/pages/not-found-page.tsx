import { ButtonLink } from '../components/button-link.tsx'
import { Page } from '../components/page.tsx'

export function NotFoundPage() {
  return (
    <Page title="There is no such page" intro="The address is mistyped, or the page has moved.">
      <div>
        <ButtonLink to="/" variant="primary">
          Go to the start
        </ButtonLink>
      </div>
    </Page>
  )
}
