import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/transport.ts'],
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  dts: true,
  clean: true,
  sourcemap: true,
  // Readable in a debugger; whoever bundles an app minifies it.
  minify: false,
})
