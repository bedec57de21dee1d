import { cvault } from './configure.ts'

cvault.onConnected(({ serverRegion }) => console.log(`Connected to ${serverRegion}`))
cvault.onDisconnected(() => console.log('Disconnected'))
cvault.on('status', ({ sessions }) => console.log(sessions))
const stopWatching = cvault.vpn.watch({ intervalMs: 5_000 })

const { deviceId, config } = await cvault.vpn.connect({ serverRegion: 'us-east' })
console.log(config) // for WireGuard on the device

await cvault.vpn.disconnect({ deviceId })
stopWatching()
