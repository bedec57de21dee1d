import CVault from '@cvault/sdk-js'

// On your server: the secret never goes into an app.
const cvault = new CVault({
  apiKey: process.env.CVAULT_API_KEY ?? '',
  apiSecret: process.env.CVAULT_API_SECRET,
  baseUrl: 'https://api.example.com',
})

const { currentPeriod, limits } = await cvault.usage.get()
console.log(`${currentPeriod.bandwidthGb} GB of ${limits.bandwidthLimitGb ?? 'any'}`)
