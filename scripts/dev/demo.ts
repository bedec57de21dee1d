import { readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { nodePath, root, step } from '../prepare.mjs'
import { keptBuild } from './kept-build.ts'

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

/** Tests and the server of the app decide nothing about a build. */
const isSource = (path: string): boolean =>
  !/(^|\/)(node_modules|dist|e2e|test|coverage)(\/|$)|\.test\.tsx?$|^apps\/demo-web\/server\.ts$/.test(path)

/** Build the demo app unless these sources were built before; answers the folder of the build. */
export function buildDemo(): Promise<string> {
  return keptBuild({
    builds: join(demoApp, 'node_modules/.cache/cvault'),
    sources: ['apps/demo-web', 'packages/sdk-js', 'pnpm-lock.yaml', 'tsconfig.base.json'],
    isSource,
    make: async (folder) => {
      await step('Building the demo app', nodePath, ['node_modules/vite/bin/vite.js', 'build', '--outDir', folder, '--emptyOutDir'], {
        cwd: demoApp,
        env: { NODE_ENV: 'production' },
      })
      await compressFiles(folder)
    },
  })
}

/** This machine's names, as browsers write them. */
export const demoHosts = ['localhost', '127.0.0.1', '[::1]']

/** Whether what listens there is reached from this machine only. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host)

/** Origins a browser may have the app open under. */
export function demoOrigins(port: number): string[] {
  return demoHosts.map((host) => `http://${host}:${port}`)
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
