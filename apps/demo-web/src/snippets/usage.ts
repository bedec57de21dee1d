import { cvault } from './configure.ts'

const { rxBytes, txBytes, days } = await cvault.usage.mine() // of the signed-in user
console.log(rxBytes + txBytes, days.length)
