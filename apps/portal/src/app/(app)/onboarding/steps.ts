import type { Onboarding } from '@cvault/schema/dashboard'

export type StepId = Onboarding['steps'][number]['id']

/** Each as what there is to do. */
export const stepTitles: Record<StepId, string> = {
  'verify-email': 'confirm your e-mail address',
  'create-key': 'have an API key',
  'first-call': 'make a first call',
  'first-user': 'register a user',
  'first-device': 'add a device',
  'first-connection': 'connect the device',
}

/** What ticks each. */
export const stepHints: Record<StepId, string> = {
  'verify-email': 'Open the link in the mail we sent you.',
  'create-key': 'It tells the API that a call comes from your app. One was made when you signed up.',
  'first-call': 'Run one of the samples on this page: it does this step and all that follow.',
  'first-user': 'cvault.auth.register, or auth.exchangeToken where your own server knows your users.',
  'first-device': 'cvault.devices.register makes the keys on the device, and gives it an address and a configuration.',
  'first-connection': 'cvault.vpn.connect, then bring the configuration up with WireGuard.',
}
