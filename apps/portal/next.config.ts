import type { NextConfig } from 'next'

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  transpilePackages: ['@cvault/sdk-js', '@cvault/schema', '@cvault/ui'],
  // The compiler we run is TypeScript 7's own, in the repository's type check.
  typescript: { ignoreBuildErrors: true },
}

export default config
