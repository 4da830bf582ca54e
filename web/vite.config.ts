import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import locales from '@react-aria/optimize-locales-plugin'
import { defineConfig, type Plugin } from 'vite'

/** Writes `.br` and `.gz` beside every text file as it was written, so that the server never compresses the portal. */
const precompressed: Plugin = {
  name: 'precompressed',
  writeBundle({ dir = 'dist' }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => /\.(js|css|html|svg)$/.test(name))) {
      const file = join(dir, name)
      const text = readFileSync(file)
      writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
      writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }))
    }
  },
}

/** Every style sheet says the order of the layers, because which of them a browser reads first is the bundler's choice. */
const layered: Plugin = {
  name: 'layered',
  enforce: 'pre',
  transform: (code, id) => (/\/src\/.*\.css$/.test(id) ? `@layer tokens, base, kit, screens;\n${code}` : undefined),
}

const backend = process.env.SERVICEBOOK_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/app/',
  plugins: [
    { ...locales.vite({ locales: ['en-GB', 'en-US', 'de-DE', 'ru-RU', 'fr-FR'] }), enforce: 'pre' as const },
    react(),
    layered,
    precompressed,
  ],
  build: {
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '^/(api/|oauth2/|\\.well-known/|ready$)': { target: backend, changeOrigin: false } },
  },
})
