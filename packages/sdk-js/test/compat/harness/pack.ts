import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sdkFolder, workspace } from './places.ts'
import { output } from './run.ts'

/** Build what is out of date, and pack it as a release does: pnpm puts versions where the workspace's words stand. */
export async function packSdk(into: string): Promise<string> {
  if (!isBuilt()) await output('tsup', [], { cwd: sdkFolder })
  const { packageManager } = JSON.parse(readFileSync(path.join(workspace, 'package.json'), 'utf8')) as { packageManager: string }
  await output('npx', ['--yes', packageManager, 'pack', '--config.ignore-scripts=true', '--pack-destination', into], { cwd: sdkFolder })
  const name = readdirSync(into).find((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error(`pnpm pack left no tarball in ${into}`)
  return path.join(into, name)
}

/** What a customer does in an empty folder. Nothing comes from the network: the package has no dependencies. */
export async function installTarball(folder: string, tarball: string): Promise<void> {
  await mkdir(folder)
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n')
  await output('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder })
}

/** Nothing that the build reads is newer than what it wrote. */
function isBuilt(): boolean {
  const [dist, src] = [path.join(sdkFolder, 'dist'), path.join(sdkFolder, 'src')]
  if (!existsSync(path.join(dist, 'index.d.cts'))) return false
  const changedAt = (file: string): number => statSync(file).mtimeMs
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.test)\.ts$/.test(file))
  const newest = Math.max(...[...sources.map((file) => path.join(src, file)), path.join(sdkFolder, 'tsup.config.ts')].map(changedAt))
  return newest < Math.min(...readdirSync(dist).map((file) => changedAt(path.join(dist, file))))
}
