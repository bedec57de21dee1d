import CVault from '@cvault/sdk-js'

// Both values are public: your app carries them.
export const cvault = new CVault({
  apiKey: 'cvk_your_api_key',
  baseUrl: 'https://api.example.com',
  storage: 'localStorage',
})

// The check: throws INVALID_API_KEY, or NETWORK_ERROR.
await cvault.servers.list()
