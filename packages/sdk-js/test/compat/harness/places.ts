import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

export const sdkFolder = path.resolve(import.meta.dirname, '../../..')
export const workspace = path.resolve(sdkFolder, '../..')
export const bins = [path.join(sdkFolder, 'node_modules/.bin'), path.join(workspace, 'node_modules/.bin')]

/** The workspace's Node, and the machine's own where it is another one that is supported. */
export function nodes(): { version: string; file: string }[] {
  const files = (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'node'))
  const found = new Map<string, string>()
  for (const file of [process.execPath, ...files.filter((name) => existsSync(name))]) {
    const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim().slice(1)
    if (Number.parseInt(version, 10) >= 20 && !found.has(version)) found.set(version, file)
  }
  return [...found].map(([version, file]) => ({ version, file }))
}
