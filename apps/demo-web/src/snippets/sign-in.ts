import { cvault } from './configure.ts'

const credentials = { email: 'ada@example.com', password: 'correct horse battery' }

await cvault.auth.register(credentials) // once; and signed in
await cvault.auth.login(credentials) // later
const user = await cvault.auth.getUser() // from storage: null when nobody is signed in

cvault.on('signedOut', ({ reason }) => console.log(`Signed out: ${reason}`))
await cvault.auth.logout()
console.log(user?.email)
