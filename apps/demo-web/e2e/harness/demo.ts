import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inject } from 'vitest'
import type { DemoConfig } from '../../../../scripts/dev/demo.ts'
import { startDemoServer } from '../../server.ts'

/** The demo's own server, without an API yet: the API must be told this origin before it starts. */
export type Demo = {
  url: string
  /** What /config.json says from now on; null: there is none. */
  configure(config: DemoConfig | null): Promise<void>
  stop(): Promise<void>
}

export async function startDemo(): Promise<Demo> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-demo-'))
  const config = path.join(folder, 'config.json')
  const { server, url } = await startDemoServer({ folder: inject('demoFolder'), config, host: '127.0.0.1', port: 0 })
  return {
    url,
    configure: async (content) => (content ? await writeFile(config, JSON.stringify(content)) : await rm(config, { force: true })),
    async stop() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
