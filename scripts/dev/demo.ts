import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { nodePath, root, step } from '../prepare.mjs'

/** What the demo app finds at /config.json. */
export interface DemoConfig {
  baseUrl: string
  apiKey: string
  user: { email: string; password: string } | null
  docsUrl: string | null
  portalUrl: string | null
  /** The servers carry no packets. */
  simulated: boolean
}

/** Folder of the demo app; its server is `server.ts` in it. */
export const demoApp = join(root, 'apps/demo-web')

const builds = join(demoApp, 'node_modules/.cache/cvault')
const keptBuilds = 3
/** All that decides what a build holds; tests and the server of the app do not. */
const sources = ['apps/demo-web', 'packages/sdk-js', 'pnpm-lock.yaml', 'tsconfig.base.json']
const isSource = (path: string): boolean =>
  !/(^|\/)(node_modules|dist|e2e|test|coverage)(\/|$)|\.test\.tsx?$|^apps\/demo-web\/server\.ts$/.test(path)

/** Build the demo app unless these sources were built before; answers the folder of the build. */
export async function buildDemo(): Promise<string> {
  const folder = join(builds, hashOfSources())
  if (!existsSync(folder)) {
    // Made aside and renamed when complete: two starts at once do not meet, a broken one leaves nothing.
    const draft = `${folder}.${process.pid}`
    mkdirSync(builds, { recursive: true })
    try {
      await step('Building the demo app', nodePath, ['node_modules/vite/bin/vite.js', 'build', '--outDir', draft, '--emptyOutDir'], {
        cwd: demoApp,
        env: { NODE_ENV: 'production' },
      })
      await compressFiles(draft)
      if (!existsSync(folder)) renameSync(draft, folder)
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  }
  utimesSync(folder, new Date(), new Date())
  forgetOldBuilds()
  return folder
}

/** This machine's names, as browsers write them. */
export const demoHosts = ['localhost', '127.0.0.1', '[::1]']

/** Whether what listens there is reached from this machine only. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host)

/** Origins a browser may have the app open under. */
export function demoOrigins(port: number): string[] {
  return demoHosts.map((host) => `http://${host}:${port}`)
}

function hashOfSources(): string {
  const hash = createHash('sha256').update(process.platform)
  for (const file of sources.flatMap(filesIn)) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}

function filesIn(path: string): string[] {
  if (!isSource(path) || !existsSync(join(root, path))) return []
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .toSorted()
    .flatMap((name) => filesIn(`${path}/${name}`))
}

/** What the server sends to browsers that take it; too small or already compressed files stay as they are. */
async function compressFiles(folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const isWorth = (file: string) => /\.(js|css|html|svg|json|webmanifest|txt)$/.test(file) && statSync(file).size > 1_000
  await Promise.all(
    files.filter(isWorth).map(async (file) => {
      const content = await readFile(file)
      await writeFile(`${file}.br`, await promisify(brotliCompress)(content))
      await writeFile(`${file}.gz`, await promisify(gzip)(content))
    }),
  )
}

function forgetOldBuilds(): void {
  const lastUsed = (name: string) => statSync(join(builds, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const newestFirst = readdirSync(builds)
    .filter((name) => !name.includes('.'))
    .toSorted((left, right) => lastUsed(right) - lastUsed(left))
  for (const name of newestFirst.slice(keptBuilds)) rmSync(join(builds, name), { recursive: true, force: true })
}
