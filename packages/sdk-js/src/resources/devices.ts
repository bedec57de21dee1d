import type { Api } from '../api.ts'
import { path } from '../base-url.ts'
import { CVaultError } from '../errors.ts'
import { checkKeyPair, generateKeyPair } from '../keys.ts'
import type { LocalKeys } from '../local-keys.ts'
import { paged } from '../paged.ts'
import { shaped } from '../shape.ts'
import type {
  Device,
  DeviceConfig,
  DeviceWithConfig,
  KeyPair,
  Page,
  Paged,
  PageOptions,
  Provisioning,
  RegisterDevice,
  RequestOptions,
  RotateDeviceKey,
  UpdateDevice,
} from '../types.ts'
import { completeConfig } from '../wg-config.ts'

export interface Devices {
  /**
   * Register a device of the signed-in user: a key pair, an address and a place on a server. `device.config` is a complete wg-quick
   * configuration, whoever made the keys.
   * Throws `DEVICE_LIMIT_EXCEEDED`, `SERVER_UNAVAILABLE`, `PUBLIC_KEY_IN_USE`, `VALIDATION_FAILED`.
   * @example const { config } = await cvault.devices.register({ deviceName: 'MacBook Pro', keys: 'local' })
   */
  register(input: RegisterDevice, options?: RequestOptions): Promise<DeviceWithConfig>
  /**
   * The user's devices, newest first.
   * @example for await (const device of cvault.devices.list()) console.log(device.deviceName)
   */
  list(page?: PageOptions, options?: RequestOptions): Paged<Device>
  /** Throws `NOT_FOUND`. */
  get(id: string, options?: RequestOptions): Promise<Device>
  /** The device's configuration as it is now, completed when its private key was made here. */
  config(id: string, options?: RequestOptions): Promise<DeviceConfig>
  /** Rename a device. */
  update(id: string, input: UpdateDevice, options?: RequestOptions): Promise<Device>
  /** Take a device off its server, for good. Throws `NOT_FOUND`. */
  remove(id: string, options?: RequestOptions): Promise<{ provisioning: Provisioning }>
  /** Replace a device's key pair. Its address stays; the old configuration stops working. */
  rotateKey(id: string, input?: RotateDeviceKey, options?: RequestOptions): Promise<DeviceWithConfig>
}

interface Settings {
  api: Api
  localKeys: LocalKeys
  onUsed: (deviceId: string | null) => void
  /** A list is no promise, so it tells of its failures itself. */
  tell: (error: unknown) => never
}

export function createDevices({ api, localKeys, onUsed, tell }: Settings): Devices {
  /** What the server answered, checked against what was asked: a server that swaps keys would read the traffic. */
  async function withLocalKey(body: unknown, pair: KeyPair | undefined, keep: ReturnType<LocalKeys['keeper']>): Promise<DeviceWithConfig> {
    const device = shaped<DeviceWithConfig>(body, { id: 'string', publicKey: 'string', config: 'string', server: 'object' })
    const config = completeConfig(device.config, pair?.privateKey)
    if (pair && (device.publicKey !== pair.publicKey || !config.includes(`PrivateKey = ${pair.privateKey}`)))
      throw new CVaultError('INVALID_RESPONSE', 'The API registered another public key than the one that was sent. It was not used.')
    if (pair) await keep(device.id, pair.privateKey)
    else await localKeys.remove(device.id)
    onUsed(device.id)
    return { ...device, config }
  }

  async function fetchPage({ limit, cursor }: PageOptions, options?: RequestOptions): Promise<Page<Device>> {
    const { body } = await api.asUser({ method: 'GET', path: '/devices', query: { limit, cursor } }, options)
    const { devices, totalCount, nextCursor } = shaped<{ devices: Device[]; totalCount: number; nextCursor: string | null }>(body, {
      devices: 'array',
      totalCount: 'number',
    })
    return { items: devices, totalCount, nextCursor: typeof nextCursor === 'string' ? nextCursor : null }
  }

  return {
    async register({ deviceName, serverRegion, keys }, options) {
      const pair = await pairOf(keys ?? 'server')
      const body = { deviceName, serverRegion, publicKey: pair?.publicKey }
      const keep = localKeys.keeper()
      return withLocalKey((await api.asUser({ method: 'POST', path: '/devices', body }, options)).body, pair, keep)
    },
    list: (page, options) => paged((query) => fetchPage(query, options).catch(tell), page),
    async get(id, options) {
      return shaped<Device>((await api.asUser({ method: 'GET', path: path`/devices/${id}` }, options)).body, { id: 'string' })
    },
    async config(id, options) {
      const { body } = await api.asUser({ method: 'GET', path: path`/devices/${id}/config` }, options)
      const found = shaped<DeviceConfig>(body, { deviceId: 'string', fileName: 'string', config: 'string' })
      // It is given to whatever saves files: it must not lead out of where they are saved.
      if (!/^[\w=+.-]{1,15}\.conf$/.test(found.fileName)) throw new CVaultError('INVALID_RESPONSE', 'The API sent an unusable file name.')
      return { ...found, config: completeConfig(found.config, await localKeys.get(id)) }
    },
    async update(id, { deviceName }, options) {
      const { body } = await api.asUser({ method: 'PATCH', path: path`/devices/${id}`, body: { deviceName } }, options)
      return shaped<Device>(body, { id: 'string', deviceName: 'string' })
    },
    async remove(id, options) {
      const { headers } = await api.asUser({ method: 'DELETE', path: path`/devices/${id}` }, options)
      await localKeys.remove(id)
      onUsed(null)
      return { provisioning: headers.get('cvault-provisioning') === 'applied' ? 'applied' : 'pending' }
    },
    async rotateKey(id, input = {}, options) {
      const pair = await pairOf(input.keys ?? ((await localKeys.get(id)) === undefined ? 'server' : 'local'))
      const call = { method: 'POST', path: path`/devices/${id}/rotate-key`, body: { publicKey: pair?.publicKey } } as const
      const keep = localKeys.keeper()
      const { body } = await api.asUser(call, options)
      // Another device's key is kept under its id: it must not be lost to this one's.
      if (shaped<Device>(body, { id: 'string' }).id.toLowerCase() !== id.toLowerCase())
        throw new CVaultError('INVALID_RESPONSE', 'The API answered for another device. It was not used.')
      return withLocalKey(body, pair, keep)
    },
  }
}

async function pairOf(keys: 'server' | 'local' | KeyPair): Promise<KeyPair | undefined> {
  if (keys === 'server') return undefined
  if (keys === 'local') return generateKeyPair()
  if (typeof keys === 'object' && keys !== null) return checkKeyPair(keys)
  throw new CVaultError('INVALID_OPTIONS', "keys must be 'server', 'local' or a key pair.")
}
