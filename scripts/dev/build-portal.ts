import { buildPortal } from './portal.ts'

// For `npm test`: what it checks here is what the end-to-end tests and `npm start` run, and is not built again for them.
console.log(`The portal is built in ${await buildPortal()}`)
