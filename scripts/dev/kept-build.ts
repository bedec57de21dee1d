import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../prepare.mjs'

interface App {
  /** Where the builds are kept: a folder each, and a mark beside it, named after its sources, that says which folder. */
  builds: string
  /** All that decides what a build holds, from the root of the checkout. */
  sources: string[]
  isSource: (path: string) => boolean
  /** Must leave a whole build in the folder, or throw. */
  make: (folder: string) => Promise<void>
}

const keptBuilds = 3
/** Somebody may still run on what was used a moment ago, however many builds were made since. */
const keptMs = 86_400_000

/** The folder of a build of these sources, made now unless it was made before. */
export async function keptBuild({ builds, sources, isSource, make }: App): Promise<string> {
  mkdirSync(builds, { recursive: true })
  const markOf = () => join(builds, `${hashOf(sources, isSource)}.mark`)
  const folder = folderOf(builds, markOf()) ?? (await made(builds, markOf, make))
  forgetOldBuilds(builds)
  return folder
}

// A folder is built where it stays, since what is in it may know its place; the mark makes it count. Two starts at once do not
// meet; a broken one leaves no mark, nor one whose sources changed meanwhile: nobody knows which of them it holds.
async function made(builds: string, markOf: () => string, make: App['make']): Promise<string> {
  const mark = markOf()
  const name = `build.${process.pid}.${randomBytes(4).toString('hex')}`
  const folder = join(builds, name)
  try {
    await make(folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  if (markOf() !== mark) return folder
  writeFileSync(`${mark}.${process.pid}`, name)
  renameSync(`${mark}.${process.pid}`, mark)
  return folder
}

function folderOf(builds: string, mark: string): string | undefined {
  if (!existsSync(mark)) return undefined
  const folder = join(builds, readFileSync(mark, 'utf8'))
  if (!existsSync(folder)) return undefined
  utimesSync(mark, new Date(), new Date())
  return folder
}

function hashOf(sources: string[], isSource: (path: string) => boolean): string {
  const hash = createHash('sha256').update(process.platform)
  for (const file of sources.flatMap((path) => filesIn(path, isSource))) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}

function filesIn(path: string, isSource: (path: string) => boolean): string[] {
  if (!isSource(path) || !existsSync(join(root, path))) return []
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .toSorted()
    .flatMap((name) => filesIn(`${path}/${name}`, isSource))
}

function forgetOldBuilds(builds: string): void {
  const lastUsed = (name: string) => statSync(join(builds, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const isOld = (name: string) => lastUsed(name) < Date.now() - keptMs
  const names = readdirSync(builds)
  const marks = names.filter((name) => name.endsWith('.mark')).toSorted((left, right) => lastUsed(right) - lastUsed(left))
  const kept = marks.filter((name, index) => index < keptBuilds || !isOld(name))
  const keptFolders = kept.map((name) => readFileSync(join(builds, name), 'utf8'))
  for (const name of names.filter((each) => !kept.includes(each) && !keptFolders.includes(each)))
    if (isOld(name)) rmSync(join(builds, name), { recursive: true, force: true })
}
