export interface SampleInput {
  /** The tenant's publishable key. */
  apiKey: string
  baseUrl: string
  /** Keys can ask for their secret with every call; it is named here, never written. */
  needsSecret?: boolean
  /** The SDK as npm finds it: its name, or a file. */
  sdkPackage?: string
}

export interface Sample {
  id: 'node' | 'browser' | 'curl'
  label: string
  /** What has to be there first, as a command; null: nothing. */
  install: string | null
  fileName: string
  code: string
  /** How to run it, or what to know of it. */
  hint: string
}

const installOf = (sdk = '@cvault/sdk-js'): string => `npm install ${/^[\w@/.:-]+$/.test(sdk) ? sdk : quoteForShell(sdk)}`

/** From a user to a connected device, in the ways people integrate. */
export function samplesFor(input: SampleInput): Sample[] {
  return input.needsSecret ? [nodeSample(input), curlSample(input)] : [nodeSample(input), browserSample(input), curlSample(input)]
}

export function nodeSample({ apiKey, baseUrl, needsSecret = false, sdkPackage }: SampleInput): Sample {
  const code = `import { writeFile } from 'node:fs/promises'
import CVault from '@cvault/sdk-js'

const cvault = new CVault({
  apiKey: ${quote(apiKey)},${needsSecret ? '\n  apiSecret: process.env.CVAULT_API_SECRET,' : ''}
  baseUrl: ${quote(baseUrl)},
})
await cvault.auth.register({ email: \`ada-\${Date.now()}@example.com\`, password: 'correct horse battery' })
const device = await cvault.devices.register({ deviceName: 'MacBook Pro', keys: 'local' })
await writeFile('cvault.conf', device.config, { mode: 0o600 })
await cvault.vpn.connect({ deviceId: device.id })
console.log(\`\${device.assignedIp} on a server in \${device.server.region}. Now: sudo wg-quick up ./cvault.conf\`)
`
  const command = `${needsSecret ? 'CVAULT_API_SECRET=cvs_… ' : ''}node quick-start.mjs`
  return { id: 'node', label: 'Node.js', install: installOf(sdkPackage), fileName: 'quick-start.mjs', code, hint: `Run it: ${command}` }
}

export function browserSample({ apiKey, baseUrl, sdkPackage }: SampleInput): Sample {
  const code = `import CVault, { isCVaultError } from '@cvault/sdk-js'

const cvault = new CVault({
  apiKey: ${quote(apiKey)},
  baseUrl: ${quote(baseUrl)},
})

/** A user of your app, a device, and the file for WireGuard on it. */
export async function connectDevice(email: string, password: string) {
  try {
    await cvault.auth.register({ email, password })
  } catch (error) {
    if (!isCVaultError(error) || error.code !== 'USER_EXISTS') throw error
    await cvault.auth.login({ email, password })
  }
  const device = await cvault.devices.register({ deviceName: 'Phone', keys: 'local' })
  await cvault.vpn.connect({ deviceId: device.id })
  return cvault.devices.config(device.id) // { fileName, config }
}
`
  const hint = 'For your bundler, in TypeScript. The API must allow the origin of your site (CORS).'
  return { id: 'browser', label: 'Browser', install: installOf(sdkPackage), fileName: 'connect-device.ts', code, hint }
}

export function curlSample({ apiKey, baseUrl, needsSecret = false }: SampleInput): Sample {
  const secret = needsSecret ? ` -H "X-API-Secret: $CVAULT_API_SECRET"` : ''
  const code = `umask 077
API=${quoteForShell(`${baseUrl}/api/v1`)}
KEY=${quoteForShell(apiKey)}
call() { curl -fsS "$API/$1" -H "X-API-Key: $KEY"${secret} -H 'Content-Type: application/json' "\${@:2}"; }
valueOf() { grep -o "\\"$1\\":\\"[^\\"]*\\"" | head -n 1 | cut -d '"' -f 4; }

TOKEN=$(call auth/register -d '{"email":"ada-'$(date +%s)'@example.com","password":"correct horse battery"}' | valueOf accessToken)
call devices -H "Authorization: Bearer $TOKEN" -d '{"deviceName":"MacBook Pro"}' > device.json
call vpn/connect -H "Authorization: Bearer $TOKEN" -d '{"deviceId":"'$(valueOf id < device.json)'"}'
`
  const hint = `For bash. The device’s configuration, with its private key, is in device.json${needsSecret ? '; set CVAULT_API_SECRET first' : ''}.`
  return { id: 'curl', label: 'curl', install: null, fileName: 'quick-start.sh', code, hint }
}

const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`

const quoteForShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
