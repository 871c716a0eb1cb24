import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  define: {
    __VUE_I18N_FULL_INSTALL__: true,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  server: {
    // `npm run dev` beside a running server: the pages reload, the data is real.
    proxy: {
      '/api': process.env.ESUPERVISION_URL ?? 'http://127.0.0.1:8080',
      '/ws': { target: process.env.ESUPERVISION_URL ?? 'http://127.0.0.1:8080', ws: true },
    },
  },
  build: { target: 'es2022', chunkSizeWarningLimit: 900 },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
})
