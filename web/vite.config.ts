import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import locales from '@react-aria/optimize-locales-plugin'
import { defineConfig, type Plugin } from 'vite'

/** Writes `.br` and `.gz` beside every text file, so that the server never compresses the portal. */
const precompressed: Plugin = {
  name: 'precompressed',
  generateBundle(_, bundle) {
    for (const [name, file] of Object.entries(bundle)) {
      if (!/\.(js|css|html|svg)$/.test(name)) continue
      const text = Buffer.from(file.type === 'chunk' ? file.code : file.source)
      const br = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
      this.emitFile({ type: 'asset', fileName: `${name}.br`, source: br })
      this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(text, { level: 9 }) })
    }
  },
}

const backend = process.env.SERVICEBOOK_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/app/',
  plugins: [
    { ...locales.vite({ locales: ['en-GB', 'en-US', 'de-DE', 'ru-RU', 'fr-FR'] }), enforce: 'pre' as const },
    react(),
    precompressed,
  ],
  build: {
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '^/(api|oauth2|\\.well-known)/': { target: backend, changeOrigin: false } },
  },
})
