// Puts the parts together and connects.
import { createApp } from 'vue'
import { createWebHistory } from 'vue-router'
import { liveAddress } from './api/addresses'
import { createPreferences, PREFERENCES, readLanguage } from './address/preferences'
import App from './App.vue'
import './design/palette.css'
import './design/base.css'
import { createTexts } from './i18n'
import { BOARD, createBoardStore } from './live/board'
import { openWebSocket } from './live/stream'
import { createPages } from './router'

const router = createPages(createWebHistory())
const texts = createTexts(readLanguage(localStorage.getItem('lang')) ?? 'zh')
const preferences = createPreferences(router, localStorage, texts)
const store = createBoardStore(liveAddress(window.location), openWebSocket)

const app = createApp(App)
app.provide(PREFERENCES, preferences)
app.provide(BOARD, store)
app.use(texts)
app.use(router)
app.mount('#app')

store.connect()
window.addEventListener('online', () => store.retryNow())
