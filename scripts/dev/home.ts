import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What is made once for this checkout and kept. The demo tenant's secret is shown once by the API, so it is remembered here. */
export interface Secrets {
  adminToken: string
  jwtSecret: string
  passwordPepper: string
  apiEncryptionKey: string
  portalSessionSecret: string
  /** Who owns the demo tenant, and gets in with this password at every start. */
  owner: { email: string; password: string }
  tenant?: DemoTenant
}

export interface DemoTenant {
  id: string
  name: string
  apiKey: string
  apiSecret: string
}

/** Folder of the local data: CVAULT_HOME, or `.cvault` in the checkout. */
export function openHome(root: string): string {
  const home = resolve(root, process.env.CVAULT_HOME || '.cvault')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  return home
}

/** Forget everything this program ever wrote there, and nothing else. */
export function emptyHome(home: string): void {
  for (const name of [
    'postgres',
    'servers',
    'secrets.json',
    'dev.json',
    'wg-ssh-key',
    'wg-ssh-key.pub',
    'api.log',
    'portal.log',
    'demo.log',
  ]) {
    rmSync(join(home, name), { recursive: true, force: true })
  }
}

/** The kept secrets, made on first use; a home of an earlier version gets what it lacks. */
export function loadSecrets(home: string): Secrets {
  const path = join(home, 'secrets.json')
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Secrets>) : {}
  const secret = () => randomBytes(32).toString('base64')
  const secrets = {
    adminToken: randomBytes(32).toString('base64url'),
    jwtSecret: secret(),
    passwordPepper: secret(),
    apiEncryptionKey: secret(),
    portalSessionSecret: secret(),
    owner: { email: 'owner@example.com', password: randomBytes(9).toString('base64url') },
    ...kept,
  }
  saveSecrets(home, secrets)
  return secrets
}

/** Replace the kept secrets. */
export function saveSecrets(home: string, secrets: Secrets): void {
  writePrivate(join(home, 'secrets.json'), secrets)
}

/** Write a file that only this user may read, all of it or nothing; what is not text becomes JSON. */
export function writePrivate(path: string, content: string | object): void {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
