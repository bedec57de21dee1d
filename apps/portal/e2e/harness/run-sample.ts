import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const sdk = path.resolve(import.meta.dirname, '../../../../packages/sdk-js')

/** Run a sample as an integrator would who pasted it into a file beside an installed SDK: the built one. Answers what it printed. */
export async function runSample(code: string, fileName: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-sample-'))
  try {
    await mkdir(path.join(folder, 'node_modules/@cvault'), { recursive: true })
    await symlink(sdk, path.join(folder, 'node_modules/@cvault/sdk-js'))
    await writeFile(path.join(folder, fileName), code)
    return (await promisify(execFile)(process.execPath, [fileName], { cwd: folder })).stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
