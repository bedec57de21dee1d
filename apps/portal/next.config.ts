import type { NextConfig } from 'next'

const config: NextConfig = {
  // `npm start` keeps its builds apart from those of `next dev` and `next build`.
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  reactStrictMode: true,
  poweredByHeader: false,
  // Files, which src/proxy.ts does not see; pages get theirs there.
  headers: async () => [{ source: '/:path*', headers: [{ key: 'X-Content-Type-Options', value: 'nosniff' }] }],
  // Browsers ask for it whatever a page says.
  rewrites: async () => [{ source: '/favicon.ico', destination: '/icon.svg' }],
  experimental: { turbopackFileSystemCacheForBuild: false },
  // What the docs show is read as text at build, as Vite does it: import … from './x.md?raw'.
  turbopack: { rules: { '*': { condition: { query: '?raw' }, type: 'text' } } },
  transpilePackages: ['@cvault/sdk-js', '@cvault/schema', '@cvault/ui'],
  // The compiler we run is TypeScript 7's own, in the repository's type check.
  typescript: { ignoreBuildErrors: true },
}

export default config
