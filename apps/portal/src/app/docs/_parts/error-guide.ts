import type { ErrorCode } from '@cvault/schema/error-codes'

export interface ErrorEntry {
  means: string
  todo: string
  /** Whether the same request may succeed when it is sent again. */
  retry: 'no' | 'once-changed' | 'yes'
}

/** What every code means and what to do about it; the compiler asks for one that is missing. */
export const errorGuide = {
  MALFORMED_JSON: {
    means: 'The body is empty or not JSON.',
    todo: 'Send one JSON object, or no body and no `Content-Type`.',
    retry: 'once-changed',
  },
  BAD_REQUEST: {
    means: 'The request cannot be read: its request line, headers or path are damaged, or its body is nested too deeply.',
    todo: 'Look at what builds the request, and at proxies on its way.',
    retry: 'once-changed',
  },
  INVALID_LINK: {
    means: 'A link from one of our mails has run out, was used before, or a newer one was sent. Only the portal’s own calls answer it.',
    todo: 'Ask for a new link and use the newest mail.',
    retry: 'no',
  },
  NOT_FOUND: {
    means: 'There is no such path, or no such thing in your account. What belongs to somebody else answers exactly like what never was.',
    todo: 'Compare the path with the API reference, and the id with a list you read just now.',
    retry: 'no',
  },
  PAYLOAD_TOO_LARGE: { means: 'The body is larger than 64 KiB.', todo: 'Send less; no call needs that much.', retry: 'once-changed' },
  UNSUPPORTED_MEDIA_TYPE: { means: 'The body is not sent as JSON.', todo: 'Send `Content-Type: application/json`.', retry: 'once-changed' },
  VALIDATION_FAILED: {
    means:
      'The request can be read, but a field is missing, unknown or has a value it cannot have. `errors` names each: `path` and `message`.',
    todo: 'Mend the fields it names. In a form, show each message beside its field.',
    retry: 'once-changed',
  },
  INVALID_API_KEY: {
    means: 'The API key is missing, unknown, expired or revoked.',
    todo: 'Send yours as `X-API-Key`. See in the portal, under API keys, whether it still works and belongs to this API.',
    retry: 'no',
  },
  INVALID_API_SECRET: {
    means: 'The API secret does not belong to the API key beside it.',
    todo: 'Use the pair that was shown together. A secret that is lost is replaced by regenerating its key.',
    retry: 'no',
  },
  API_SECRET_REQUIRED: {
    means: 'This call, or every call of this key, needs the API secret too.',
    todo: 'Make the call on your server, with `X-API-Secret`. Never put the secret into an app or a page.',
    retry: 'no',
  },
  INVALID_OPERATOR_TOKEN: {
    means: 'A call for the operator of the platform came without the operator’s token, or with a wrong one.',
    todo: 'Your app needs none of these calls. Operators send `Authorization: Bearer` with their token.',
    retry: 'no',
  },
  TOKEN_EXPIRED: {
    means: 'The access token is older than 15 minutes.',
    todo: 'Get a new pair with the refresh token, then send the request again. The SDK does it by itself.',
    retry: 'once-changed',
  },
  INVALID_TOKEN: {
    means: 'The access token is missing, damaged or of another account, or its session is over.',
    todo: 'Refresh once; if that is refused too, let the user sign in again.',
    retry: 'no',
  },
  INVALID_CREDENTIALS: {
    means: 'The e-mail address or the password is wrong. It does not say which.',
    todo: 'Ask the user again.',
    retry: 'no',
  },
  INVALID_REFRESH_TOKEN: {
    means: 'The refresh token is unknown, too old, or was used before. One that was used and comes again ends its session for everybody.',
    todo: 'Let the user sign in again. If it happens often, two places share a token: keep it in one.',
    retry: 'no',
  },
  INVALID_CODE: {
    means: 'The code of a second step is wrong or was used. Only the portal’s own calls answer it.',
    todo: 'Wait for the next code the authenticator shows, or use a recovery code.',
    retry: 'no',
  },
  FORBIDDEN: {
    means: 'Your role in the portal does not allow this. API keys never get this answer.',
    todo: 'Ask an owner or admin of your account; the message says which role it takes.',
    retry: 'no',
  },
  TENANT_SUSPENDED: {
    means: 'The account is suspended: its users’ tunnels are down and its keys work for nothing.',
    todo: 'Write to support from the portal, where you can still sign in.',
    retry: 'no',
  },
  USER_DISABLED: {
    means: 'The user who signs in, or whose tokens are refreshed, was switched off.',
    todo: 'Tell the user. Somebody of your account can enable them again, under Users.',
    retry: 'no',
  },
  BANDWIDTH_LIMIT_EXCEEDED: {
    means: 'The account’s traffic of this month is used up.',
    todo: 'Tell the user. It is open again with the next month, or when the limit is raised.',
    retry: 'no',
  },
  USER_LIMIT_EXCEEDED: {
    means: 'The account has as many users as its plan allows; or as one may have whose owner has not confirmed their e-mail address.',
    todo: 'Remove users who are gone, or have the limit raised; or confirm the address.',
    retry: 'no',
  },
  DEVICE_LIMIT_EXCEEDED: {
    means: 'The user has as many devices as one user may have: fewer until the owner of the account has confirmed their e-mail address.',
    todo: 'Show the user their devices and let them remove one.',
    retry: 'no',
  },
  RATE_LIMITED: {
    means: 'Too many requests in a minute: of the account, or from one address.',
    todo: 'Wait as many seconds as `Retry-After` says. See [limits and retries](/docs/limits).',
    retry: 'yes',
  },
  CONFLICT: {
    means: 'What the request wants to change is not as the request assumes; the message says how it is.',
    todo: 'Read it again and decide anew.',
    retry: 'no',
  },
  USER_EXISTS: {
    means: 'Another user of your account has this e-mail address.',
    todo: 'Offer to sign in instead.',
    retry: 'no',
  },
  PUBLIC_KEY_IN_USE: {
    means: 'Another device has this WireGuard key, or had it until a moment ago.',
    todo: 'Make a new key pair on the device. Do not copy configurations between devices.',
    retry: 'once-changed',
  },
  ADDRESS_POOL_EXHAUSTED: {
    means: 'No tunnel address is free. Addresses of removed devices rest for some minutes before anybody gets them.',
    todo: 'Remove devices that nobody uses, or try again in some minutes.',
    retry: 'yes',
  },
  SERVER_NOT_EMPTY: {
    means: 'A VPN server that still has devices cannot be deleted. Only the operator’s calls answer it.',
    todo: 'Move its devices first.',
    retry: 'once-changed',
  },
  PRECONDITION_FAILED: {
    means: 'Somebody else changed it since you read it: its `ETag` is none of those in `If-Match`. Nothing was changed.',
    todo: 'Read it again, decide anew, and send your change with the new `ETag`. See [changes at once](/docs/limits#changes-at-once).',
    retry: 'once-changed',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    means: 'A request with the same `Idempotency-Key` is still under way.',
    todo: 'Send the same request, with the same key, again in a second.',
    retry: 'yes',
  },
  IDEMPOTENCY_KEY_REUSED: {
    means: 'The `Idempotency-Key` belongs to a request that was different.',
    todo: 'Make a new key for every request you mean, and keep it for that request’s retries.',
    retry: 'once-changed',
  },
  SERVER_CHECK_FAILED: {
    means: 'A VPN server did not pass its check, and nothing was stored. Only the operator’s calls answer it.',
    todo: 'Mend the server as the message says, then send the request again.',
    retry: 'once-changed',
  },
  INTERNAL: {
    means: 'Something went wrong on our side.',
    todo: 'Try again a few times, with growing pauses. If it stays, tell us the `requestId`.',
    retry: 'yes',
  },
  SERVER_UNAVAILABLE: {
    means: 'No server of the region has room or is healthy.',
    todo: 'Offer another region, or none, which takes any.',
    retry: 'once-changed',
  },
  OVERLOADED: {
    means: 'Too many sign-ins wait at this moment.',
    todo: 'Wait as many seconds as `Retry-After` says.',
    retry: 'yes',
  },
  SERVICE_UNAVAILABLE: {
    means: 'A part of the service cannot be reached.',
    todo: 'Wait as many seconds as `Retry-After` says; if it lasts, look at the status under Support.',
    retry: 'yes',
  },
} satisfies Record<ErrorCode, ErrorEntry>
