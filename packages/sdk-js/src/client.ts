import { createApi } from './api.ts'
import { parseBaseUrl } from './base-url.ts'
import { createConnections } from './connections.ts'
import { CVaultError } from './errors.ts'
import { createEmitter, type CVaultEvents, type Listener, type Subscriptions } from './events.ts'
import { createLocalKeys } from './local-keys.ts'
import type { CVaultOptions } from './options.ts'
import { reporting, teller } from './report.ts'
import { createAuth, type Auth } from './resources/auth.ts'
import { createDevices, type Devices } from './resources/devices.ts'
import { createServers, type Servers } from './resources/servers.ts'
import { createUsage, type UsageOf } from './resources/usage.ts'
import { createVpn, type Vpn } from './resources/vpn.ts'
import { createSessions } from './sessions.ts'
import { createStore } from './storage.ts'
import { checkLimits, createTransport } from './transport.ts'
import { version } from './version.ts'

const defaults = { baseUrl: 'https://api.cvault.io', timeoutMs: 30_000, maxRetries: 3 }

/**
 * One tenant's door to CVault, for one user at a time. On a server, make one for each user you act for, or use one without a user.
 * Throws {@link CVaultError} `INVALID_OPTIONS` when it is given something that cannot work.
 * @example
 * const cvault = new CVault({ apiKey: 'cvk_…', baseUrl: 'https://api.example.com' })
 * await cvault.auth.login({ email, password })
 * const { config } = await cvault.devices.register({ deviceName: 'MacBook Pro' })
 */
export class CVault {
  /** Who is signed in. */
  readonly auth: Auth
  /** The user's devices, their keys and configurations. */
  readonly devices: Devices
  /** Where a device can be placed. */
  readonly servers: Servers
  /** VPN sessions: opened, ended and watched. */
  readonly vpn: Vpn
  /** What was used this month. */
  readonly usage: UsageOf
  /** Listen to an event. Answers a function that ends it. */
  readonly on: Subscriptions['on']
  /** End what `on` or `once` began with the same listener. */
  readonly off: Subscriptions['off']
  /** Listen to an event's next time only. Answers a function that ends it sooner. */
  readonly once: Subscriptions['once']
  /** End every watch and stop following other tabs. The session stays where it is kept. */
  readonly close: () => void

  // Secrets live in closures, never in fields: what prints or serialises a client shows none.
  constructor(options: CVaultOptions) {
    const { baseUrl, headers, timeoutMs, maxRetries } = checked(options)
    const emitter = createEmitter()
    const ending = new AbortController()
    // Looked up at each call: tests and polyfills may replace it after us.
    const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
    const transport = createTransport({
      baseUrl,
      headers,
      fetch,
      timeoutMs,
      maxRetries,
      onAttempt: (event) => emitter.emit('request', event),
    })
    const store = createStore(options.storage, `${baseUrl} ${options.apiKey}`)
    const sessions = createSessions({ transport, store, emitter, getSession: options.getSession })
    const localKeys = createLocalKeys(store, emitter)
    const connections = createConnections(emitter)
    const api = createApi(transport, sessions)
    const lastDevice: { id: string | null } = { id: null }
    const forgetUser = (): void => {
      lastDevice.id = null
      connections.clear()
    }
    emitter.on('signedOut', forgetUser)
    emitter.on('signedIn', forgetUser)

    this.auth = reporting(emitter, createAuth(api, sessions, localKeys))
    this.devices = reporting(emitter, createDevices({ api, localKeys, onUsed: (id) => (lastDevice.id = id), tell: teller(emitter) }))
    this.servers = reporting(emitter, createServers(api))
    this.vpn = reporting(emitter, createVpn({ api, emitter, connections, localKeys, lastDevice, closed: ending.signal }))
    this.usage = reporting(emitter, createUsage(api))
    this.on = emitter.on
    this.off = emitter.off
    this.once = emitter.once
    this.close = () => {
      ending.abort()
      sessions.close()
    }
  }

  /** A VPN session opened. The same as `on('connected', …)`. */
  onConnected(listener: Listener<CVaultEvents['connected']>): () => void {
    return this.on('connected', listener)
  }

  /** A VPN session ended. The same as `on('disconnected', …)`. */
  onDisconnected(listener: Listener<CVaultEvents['disconnected']>): () => void {
    return this.on('disconnected', listener)
  }

  /** A call failed. The same as `on('error', …)`. */
  onError(listener: Listener<CVaultEvents['error']>): () => void {
    return this.on('error', listener)
  }
}

function checked(options: CVaultOptions) {
  if (typeof options !== 'object' || options === null) throw invalid('a client needs its options: new CVault({ apiKey, baseUrl }).')
  const { apiKey, apiSecret, timeoutMs = defaults.timeoutMs, maxRetries = defaults.maxRetries } = options
  const apiKeyText = credential('apiKey', apiKey)
  if (apiKeyText.startsWith('cvs_'))
    throw invalid('apiKey is the API secret; the key begins with cvk_. Take the secret out of what it is in.')
  if (apiSecret !== undefined && isBrowser() && options.dangerouslyAllowBrowser !== true)
    throw invalid('apiSecret must not be in a browser: everybody who opens the page can read it. Keep calls that need it on your server.')
  const headers = {
    'x-api-key': apiKeyText,
    ...(apiSecret !== undefined && { 'x-api-secret': credential('apiSecret', apiSecret) }),
    // Browsers say who they are themselves, and would ask the API's leave first.
    ...(!isBrowser() && { 'user-agent': `cvault-sdk-js/${version}` }),
  }
  return { baseUrl: parseBaseUrl(options.baseUrl ?? defaults.baseUrl), headers, ...checkLimits({ timeoutMs, maxRetries }) }
}

function credential(name: string, value: unknown): string {
  if (value === undefined || value === null || value === '')
    throw invalid(`${name} is missing. Where it comes from, e.g. an environment variable, is not set.`)
  // Never shows the value: it may be the right secret in the wrong place.
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(value))
    throw invalid(`${name} must be the text you were given, without spaces or line ends.`)
  return value
}

/** A page, a worker of a page, or an Electron window: a place whose code its user can read. */
function isBrowser(): boolean {
  return typeof window !== 'undefined' || ('WorkerGlobalScope' in globalThis && typeof navigator !== 'undefined' && !isEdge())
}

// Edge runtimes look like web workers, but are servers.
function isEdge(): boolean {
  return navigator.userAgent === 'Cloudflare-Workers' || 'EdgeRuntime' in globalThis || 'Deno' in globalThis || 'Bun' in globalThis
}

function invalid(message: string): CVaultError {
  return new CVaultError('INVALID_OPTIONS', message)
}
