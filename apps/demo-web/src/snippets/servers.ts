import { cvault } from './configure.ts'

const servers = await cvault.servers.list() // needs no user
const withRoom = servers.filter(({ available }) => available)
const leastLoaded = withRoom.toSorted((a, b) => a.load - b.load)[0]
console.log(leastLoaded?.region)
