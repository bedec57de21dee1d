import type { ApiErrorCode, ClientErrorCode } from '@cvault/sdk-js'

/** Where the next step leads; `retry` does the same thing again. */
export type NextStep = { kind: 'retry' } | { kind: 'link'; to: string; label: string } | { kind: 'none' }

export interface Guidance {
  /** What happened. */
  title: string
  /** What to do about it. */
  help: string
  next: NextStep
}

const retry: NextStep = { kind: 'retry' }
const none: NextStep = { kind: 'none' }
const link = (to: string, label: string): NextStep => ({ kind: 'link', to, label })

const configure = link('/configure', 'Check the configuration')
const signIn = link('/sign-in', 'Sign in')
const devices = link('/devices', 'Go to devices')
const log = link('/log', 'Open the log')

const fault = 'This is a fault of the app that called, not of yours. The log shows the call; report it with the request id.'

/** One entry a code: a code that is added to the SDK does not compile here until somebody has written what to do. */
const guidance = {
  // The key and who is signed in
  INVALID_API_KEY: {
    title: 'The API does not know this API key',
    help: 'It is mistyped, revoked, or belongs to another API. Copy the key again from the portal; it begins with cvk_.',
    next: configure,
  },
  INVALID_API_SECRET: {
    title: 'The API secret is not the one of this API key',
    help: 'Key and secret are given together. Use the pair as it is, on your server only.',
    next: configure,
  },
  API_SECRET_REQUIRED: {
    title: 'Only a server may call this',
    help: 'The call needs the API secret, which a browser must never hold. Make it from your own server.',
    next: none,
  },
  INVALID_OPERATOR_TOKEN: {
    title: 'This call is for operators',
    help: 'Tenants and their users have no access to it.',
    next: none,
  },
  TOKEN_EXPIRED: { title: 'Your session has expired', help: 'Sign in again; you come back to where you were.', next: signIn },
  INVALID_TOKEN: {
    title: 'Your session is no longer valid',
    help: 'It was ended, perhaps on another machine. Sign in again; you come back to where you were.',
    next: signIn,
  },
  INVALID_CREDENTIALS: {
    title: 'E-mail and password do not match',
    help: 'Check both. An account belongs to one tenant: with another API key it does not exist.',
    next: none,
  },
  INVALID_REFRESH_TOKEN: {
    title: 'Your session could not be renewed',
    help: 'It was used elsewhere or has ended. Sign in again; you come back to where you were.',
    next: signIn,
  },
  INVALID_CODE: {
    title: 'The one-time code is not right, or too old',
    help: 'Only the portal asks for one: take the code that your authenticator shows now.',
    next: none,
  },
  INVALID_LINK: {
    title: 'The link is not valid any more',
    help: 'Links to the portal work once and for a limited time. Ask for a new one.',
    next: none,
  },
  NOT_SIGNED_IN: { title: 'You are not signed in', help: 'This call needs a user.', next: signIn },
  FORBIDDEN: { title: 'You may not do this', help: 'Your account has no right to it. Ask whoever runs the tenant.', next: none },
  USER_DISABLED: {
    title: 'This account is disabled',
    help: 'Your devices are off the servers. Whoever runs the tenant can enable the account again.',
    next: link('/about', 'Whom to contact'),
  },
  USER_EXISTS: {
    title: 'There is an account with this e-mail already',
    help: 'Sign in with it, or use another e-mail.',
    next: link('/sign-in', 'Sign in instead'),
  },

  // Limits
  TENANT_SUSPENDED: {
    title: 'This tenant is suspended',
    help: 'Nothing works until it is active again: contact whoever runs this CVault, with the request id.',
    next: link('/about', 'Whom to contact'),
  },
  BANDWIDTH_LIMIT_EXCEEDED: {
    title: 'The traffic of this month is used up',
    help: 'Connections come back with the new month (UTC), or at once when the limit is raised.',
    next: link('/usage', 'See the usage'),
  },
  USER_LIMIT_EXCEEDED: {
    title: 'The tenant has as many users as its plan allows',
    help: 'Use an account that exists, or ask whoever runs the tenant for a larger plan.',
    next: signIn,
  },
  DEVICE_LIMIT_EXCEEDED: {
    title: 'You have as many devices as allowed',
    help: 'Remove one that you no longer use, then add this one.',
    next: devices,
  },
  RATE_LIMITED: {
    title: 'Too many calls in a short time',
    help: 'The SDK has waited and tried again already. Give it a minute.',
    next: retry,
  },

  // What was asked for
  VALIDATION_FAILED: { title: 'Something that was entered is not right', help: 'Each field that is wrong is named here.', next: none },
  NOT_FOUND: {
    title: 'This does not exist, or not any more',
    help: 'It may have been removed elsewhere, or belong to another account.',
    next: devices,
  },
  CONFLICT: { title: 'Something changed at the same time', help: 'Look at the present state, then try again.', next: retry },
  PRECONDITION_FAILED: { title: 'Somebody else changed it first', help: 'Look at the present state, then try again.', next: retry },
  PUBLIC_KEY_IN_USE: {
    title: 'Another device has this key',
    help: 'A key belongs to one device. Make a new pair for this one.',
    next: devices,
  },
  DEVICE_REQUIRED: {
    title: 'Choose a device first',
    help: 'You have several, or none yet: the connection needs to know which one.',
    next: devices,
  },
  BAD_REQUEST: { title: 'The API did not understand the call', help: fault, next: log },
  MALFORMED_JSON: { title: 'The call was damaged', help: fault, next: log },
  PAYLOAD_TOO_LARGE: { title: 'The call was too large', help: fault, next: log },
  UNSUPPORTED_MEDIA_TYPE: { title: 'The call had a wrong content type', help: fault, next: log },
  IDEMPOTENCY_IN_PROGRESS: {
    title: 'The same call is under way already',
    help: 'It acts once. Wait a moment, then look at the result.',
    next: retry,
  },
  IDEMPOTENCY_KEY_REUSED: { title: 'One key was used for two different calls', help: fault, next: log },
  INVALID_OPTIONS: {
    title: 'The SDK was given something that cannot work',
    help: 'Nothing was sent. The message says which value is wrong.',
    next: configure,
  },

  // Servers
  SERVER_UNAVAILABLE: {
    title: 'No server can take this device now',
    help: 'The region is full or down. Choose another one.',
    next: link('/servers', 'See which servers have room'),
  },
  ADDRESS_POOL_EXHAUSTED: {
    title: 'The tunnel network has no free address',
    help: 'Choose another region, or try again in ten minutes: removed devices free theirs.',
    next: link('/servers', 'See other regions'),
  },
  SERVER_NOT_EMPTY: { title: 'The server still has devices', help: 'Only operators meet this: move them first.', next: none },
  SERVER_CHECK_FAILED: { title: 'The server did not pass its check', help: 'Only operators meet this: its details say why.', next: none },

  // The way to the API
  NETWORK_ERROR: {
    title: 'The API cannot be reached',
    help: 'Is this device online? Is the API running, and does it allow this page’s origin (CORS)? The app tries again by itself.',
    next: retry,
  },
  INVALID_RESPONSE: {
    title: 'Something else than the API answered',
    help: 'A hotel’s sign-in page, a proxy, or a wrong address. Open any web page to see, and check the API base URL.',
    next: configure,
  },
  INTERNAL: {
    title: 'The API had a fault',
    help: 'Try again. If it stays, report it with the request id: it leads straight to the cause.',
    next: retry,
  },
  OVERLOADED: { title: 'The API is busy', help: 'The SDK has tried again already. Give it a moment.', next: retry },
  SERVICE_UNAVAILABLE: {
    title: 'The API is not ready',
    help: 'It is starting, or its database is away. Tunnels that are up stay up.',
    next: retry,
  },
  ABORTED: { title: 'The call was stopped', help: 'The page or you ended it. Nothing is broken.', next: retry },
  STORAGE_ERROR: {
    title: 'This browser does not let the app store anything',
    help: 'Allow site data for this page: the session and keys made here are kept in it.',
    next: retry,
  },
} satisfies Record<ApiErrorCode | ClientErrorCode, Guidance>

const unknown: Guidance = {
  title: 'The API refused this',
  help: 'This app does not know the code: the API may be newer. Its message says more.',
  next: retry,
}

export const knownCodes = Object.keys(guidance)

/** What to say about an error's code; also for codes that do not exist yet. */
export function guidanceFor(code: string): Guidance {
  return Object.hasOwn(guidance, code) ? guidance[code as keyof typeof guidance] : unknown
}

/** The way to the API is at fault, not what was asked: it may work in a moment. */
export function isPassing(code: string): boolean {
  return ['NETWORK_ERROR', 'INTERNAL', 'OVERLOADED', 'SERVICE_UNAVAILABLE'].includes(code)
}
