import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../prepare.mjs'

/** The SDK as it would be published, as a file to `npm install`: what the portal's samples need before it is, and at this very version. */
export async function packSdk(into: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into]
  const { stdout } = await promisify(execFile)('npm', args, { cwd: join(root, 'packages/sdk-js') })
  const [packed] = JSON.parse(stdout) as { filename: string }[]
  if (packed === undefined) throw new Error(`npm pack left no file in ${into}`)
  return join(into, packed.filename)
}
