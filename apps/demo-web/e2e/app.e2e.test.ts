import { describe } from 'vitest'
import { useDemo } from './harness/use-demo.ts'
import { installJourneys } from './journeys/install.ts'
import { keyboardJourneys } from './journeys/keyboard.ts'
import { pageJourneys } from './journeys/pages.ts'
import { privacyJourneys } from './journeys/privacy.ts'
import { serverJourneys } from './journeys/servers.ts'
import { sessionJourneys } from './journeys/session.ts'

// One API and one browser for all of them: starting both takes longer than most journeys.
const stage = useDemo()

describe('configuration and session', () => {
  sessionJourneys(stage)
})
describe('servers and devices', () => {
  serverJourneys(stage)
})
describe('privacy', () => {
  privacyJourneys(stage)
})
describe('keyboard', () => {
  keyboardJourneys(stage)
})
describe('pages', () => {
  pageJourneys(stage)
})
describe('installation', () => {
  installJourneys(stage)
})
