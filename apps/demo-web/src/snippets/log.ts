import { isCVaultError } from '@cvault/sdk-js'
import { cvault } from './configure.ts'

// Each attempt at each call; never a key, a token or a body.
cvault.on('request', ({ method, path, status, durationMs }) => console.log(method, path, status, durationMs))

try {
  await cvault.devices.register({ deviceName: 'One too many' })
} catch (error) {
  if (isCVaultError(error) && error.code === 'DEVICE_LIMIT_EXCEEDED') console.log(error.requestId)
}
