import { cvault } from './configure.ts'

const device = await cvault.devices.register({
  deviceName: 'MacBook Pro',
  keys: 'local', // made here: CVault never sees the private key
  serverRegion: 'us-east', // left out: the least loaded server
})

for await (const { id, deviceName } of cvault.devices.list()) console.log(id, deviceName)

await cvault.devices.update(device.id, { deviceName: 'Work laptop' })
await cvault.devices.rotateKey(device.id)
await cvault.devices.remove(device.id)
