// Everything the SDK does, once, and nothing left behind.
import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import CVault, { isCVaultError } from '@cvault/sdk-js'

process.umask(0o077)
const { CVAULT_URL: baseUrl, CVAULT_API_KEY: apiKey, CVAULT_API_SECRET: apiSecret } = process.env
const credentials = {
  email: process.env.EMAIL ?? `ada-${Date.now()}@example.com`,
  password: process.env.PASSWORD ?? 'correct horse battery',
}

const cvault = new CVault({ apiKey, baseUrl })
cvault.on('request', ({ method, path, status, durationMs, requestId }) =>
  console.debug(`  ${method} ${path} ${status} ${durationMs} ms ${requestId}`),
)
cvault.onConnected(({ serverRegion }) => console.log(`Connected in ${serverRegion}`))
cvault.onDisconnected(() => console.log('Disconnected'))

try {
  await signIn()
  const device = await cvault.devices.register({ deviceName: 'Laptop', keys: 'local' })
  try {
    await use(device)
  } finally {
    await cvault.devices.remove(device.id)
    console.log(`Removed ${device.deviceName}`)
  }
  await account()
  await cvault.auth.logout()
} catch (error) {
  process.exitCode = 1
  if (!isCVaultError(error)) throw error
  console.error(`${error.code}: ${error.message} (request ${error.requestId ?? 'not sent'})`)
  for (const { path, message } of error.errors) console.error(`  ${path}: ${message}`)
} finally {
  cvault.close()
}

async function signIn() {
  try {
    await cvault.auth.register(credentials)
  } catch (error) {
    if (!isCVaultError(error) || error.code !== 'USER_EXISTS') throw error
    await cvault.auth.login(credentials)
  }
  const { email, tenant } = await cvault.auth.me()
  console.log(`Signed in as ${email} at ${tenant.name}`)
}

async function use(device) {
  const servers = await cvault.servers.list()
  for (const { region, name, load, available } of servers)
    console.log(`${region} ${name}: ${load} % full, ${available ? 'open' : 'closed'}`)
  const elsewhere = servers.find(({ region, available }) => available && region !== device.server.region)

  const { config } = await cvault.vpn.connect({ deviceId: device.id, serverRegion: elsewhere?.region })
  await writeFile('cvault.conf', config)
  const status = await nextStatus()
  for (const { server, online, rxBytes, txBytes } of status.sessions)
    console.log(`Session in ${server.region}: ${online ? 'online' : 'no packets yet'}, ${rxBytes + txBytes} bytes`)

  // A new key: whoever has the old file is out.
  const rotated = await cvault.devices.rotateKey(device.id)
  await writeFile('cvault.conf', rotated.config)
  for await (const { deviceName, assignedIp } of cvault.devices.list()) console.log(`Device ${deviceName}: ${assignedIp}`)
  await cvault.vpn.disconnect({ deviceId: device.id })
}

/** The status as the watch sees it first. An app would go on watching. */
function nextStatus() {
  const stop = cvault.vpn.watch({ intervalMs: 1_000 })
  return new Promise((resolve, reject) => {
    cvault.once('status', resolve)
    cvault.once('error', reject)
  }).finally(stop)
}

/** What a server of yours may ask, with the secret that no app has. */
async function account() {
  if (!apiSecret) return
  const { currentPeriod, limits } = await new CVault({ apiKey, apiSecret, baseUrl }).usage.get()
  console.log(
    `${currentPeriod.activeUsers} active users, ${currentPeriod.bandwidthGb} of ${limits.bandwidthLimitGb ?? 'unlimited'} GB this month`,
  )
}
