import { cvault } from './configure.ts'

const device = await cvault.devices.get('the id of a device')
const { fileName, config } = await cvault.devices.config(device.id)

// Give it to WireGuard as it is; it holds the private key when that is known here.
const file = new File([config], fileName)
console.log(file.size)
