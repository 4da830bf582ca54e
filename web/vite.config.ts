import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import locales from '@react-aria/optimize-locales-plugin'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

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

const BEGIN = 'src/begin.js'
/** Puts the script that runs before the first paint into the page, named by what is in it: the browser keeps it. */
const begin: Plugin = {
  name: 'begin',
  generateBundle() {
    this.emitFile({ type: 'asset', name: 'begin.js', source: readFileSync(BEGIN, 'utf8') })
  },
  transformIndexHtml: (_, { bundle = {} }) => {
    const file = Object.keys(bundle).find((name) => /begin-[^/]*\.js$/.test(name)) ?? BEGIN
    return [{ tag: 'script', attrs: { src: `/app/${file}` }, injectTo: 'head-prepend' }]
  },
}

/** Leaves out the English values of several words that say what their names say: `texts/names` spells those itself. */
const spelled: Plugin = {
  name: 'spelled',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/schemas/texts/en.json')) return
    const texts = JSON.parse(code) as Record<'fields' | 'values', Record<string, string>>
    const saysMore = ([name, phrase]: [string, string]) => !name.includes('_') || name in texts.fields || phrase.toLowerCase() !== name.replaceAll('_', ' ')
    return JSON.stringify({ ...texts, values: Object.fromEntries(Object.entries(texts.values).filter(saysMore)) })
  },
}

const backend = process.env.SERVICEBOOK_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/app/',
  plugins: [
    { ...locales.vite({ locales: ['en-GB', 'en-US', 'de-DE', 'ru-RU', 'fr-FR'] }), enforce: 'pre' as const },
    react(),
    spelled,
    begin,
    precompressed,
  ],
  // This React has the hook itself for which libraries bring a substitute.
  resolve: { alias: [{ find: /^use-sync-external-store\/shim(\/index\.js)?$/, replacement: 'react' }] },
  build: {
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Fonts keep their names: the public pages, which know nothing of this build, take them as well.
    rolldownOptions: { output: { assetFileNames: ({ names }) => (names[0]?.endsWith('.woff2') ? 'assets/[name][extname]' : 'assets/[name]-[hash][extname]') } },
  },
  test: { include: ['src/**/*.test.ts', 'tests/*.test.ts'] },
  server: {
    proxy: { '^/(api/|oauth2/|\\.well-known/|ready$)': { target: backend, changeOrigin: false } },
  },
})
