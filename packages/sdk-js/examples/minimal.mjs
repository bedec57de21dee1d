// A user, a device, and a WireGuard configuration that nobody else can read.
import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import CVault from '@cvault/sdk-js'

process.umask(0o077)
const { CVAULT_URL, CVAULT_API_KEY, EMAIL = `ada-${Date.now()}@example.com`, PASSWORD = 'correct horse battery' } = process.env

const cvault = new CVault({ apiKey: CVAULT_API_KEY, baseUrl: CVAULT_URL })
const user = await cvault.auth.register({ email: EMAIL, password: PASSWORD })
const device = await cvault.devices.register({ deviceName: 'Laptop', keys: 'local' })
await writeFile('cvault.conf', device.config)

console.log(`${user.email} has ${device.assignedIp} in ${device.server.region}. Bring it up: sudo wg-quick up ./cvault.conf`)
