import { describe } from 'vitest'
import { usePortal } from './harness/use-portal.ts'
import { accountJourneys } from './journeys/account.ts'
import { integrationJourneys } from './journeys/integration.ts'
import { memberJourneys } from './journeys/members.ts'
import { pageJourneys } from './journeys/pages.ts'
import { securityJourneys } from './journeys/security.ts'
import { sessionJourneys } from './journeys/sessions.ts'

// One stack and one browser for all of them: starting both takes longer than most journeys, which run side by side.
const stage = usePortal()

describe.concurrent('pages', () => {
  pageJourneys(stage)
})
describe.concurrent('integration', () => {
  integrationJourneys(stage)
})
describe.concurrent('account', () => {
  accountJourneys(stage)
})
describe.concurrent('members', () => {
  memberJourneys(stage)
})
describe.concurrent('sessions', () => {
  sessionJourneys(stage)
})
describe.concurrent('security', () => {
  securityJourneys(stage)
})
