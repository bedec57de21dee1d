import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import manifest from './package.json' with { type: 'json' }

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  // Browsers take no IPv6 address here: an API on this machine is localhost or 127.0.0.1.
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Only the build has it: the development server writes inline scripts and styles. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
  ],
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify(manifest.version) },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  plugins: [
    react(),
    tailwindcss(),
    contentSecurityPolicy,
    VitePWA({
      injectRegister: false,
      registerType: 'prompt',
      manifest: {
        name: 'CVault Demo',
        short_name: 'CVault Demo',
        description: 'Everything the CVault SDK does, in a browser.',
        id: '/',
        start_url: '/',
        display: 'standalone',
        background_color: '#f5f7f5',
        theme_color: '#0b3b33',
        categories: ['developer', 'utilities'],
        icons: [
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{html,js,css,svg,png}'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/\.[a-z]+$/],
        // Nothing at run time: answers of the API are never cached.
        runtimeCaching: [],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
})
