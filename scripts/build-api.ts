import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const api = join(root, 'apps/api')
const outdir = join(api, 'dist')
const { dependencies } = JSON.parse(readFileSync(join(api, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }

// What the API declares stays in node_modules; our own packages, and what only they use, become part of the bundle.
const isExternal = (specifier: string): boolean =>
  !specifier.startsWith('@cvault/') && Object.keys(dependencies).some((name) => specifier === name || specifier.startsWith(`${name}/`))

rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints: [join(api, 'src/server.ts')],
  outdir,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  legalComments: 'none',
  // Native helpers that ssh2 tries and does without.
  external: ['*.node', 'cpu-features'],
  banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
  logLevel: 'warning',
  plugins: [
    {
      name: 'declared dependencies stay outside',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
          kind !== 'entry-point' && isExternal(path) ? { path, external: true } : undefined,
        ),
    },
  ],
})
// The SSH driver reads the agent beside itself, which is beside the bundle now.
for (const file of ['agent.sh', 'rules.sh']) cpSync(join(root, 'packages/wg/src/agent', file), join(outdir, 'agent', file))

// Everything it imports must be found; then only the missing environment stops it.
const smoke = spawnSync(process.execPath, [join(outdir, 'server.js')], { cwd: outdir, env: { PATH: process.env.PATH }, encoding: 'utf8' })
if (!smoke.stderr.includes('CVault cannot start')) throw new Error(`The bundle does not start:\n${smoke.stdout}${smoke.stderr}`)
console.log(`apps/api/dist/server.js: ${Math.round(statSync(join(outdir, 'server.js')).size / 1024)} kB`)
