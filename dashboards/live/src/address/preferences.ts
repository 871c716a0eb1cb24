// Language and theme: in the address, remembered on this machine, otherwise Chinese and what the screen asks for.
import { computed, inject, ref, watchEffect, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { Router } from 'vue-router'
import { DARK, followScreen, WALL } from '../design/type'
import type { Texts } from '../i18n'
import type { Language } from '../words/names'

export type Theme = 'dark' | 'light'

export interface Preferences {
  language: ComputedRef<Language>
  theme: ComputedRef<Theme>
  choose(change: { lang?: Language; theme?: Theme }): void
}

export const PREFERENCES: InjectionKey<Preferences> = Symbol('preferences')

type Remembered = Pick<Storage, 'getItem' | 'setItem'>

export function readLanguage(value: unknown): Language | null {
  return value === 'zh' || value === 'en' ? value : null
}

export function readTheme(value: unknown): Theme | null {
  return value === 'dark' || value === 'light' ? value : null
}

/** What is known of the screen: `wall` by its size, `dark` where its owner prefers that. */
export interface ScreenAsks {
  wall: Readonly<Ref<boolean>>
  dark: Readonly<Ref<boolean>>
}

/** The board on a wall is dark; every other page, the board on a desk too, is what the system prefers. */
export function defaultTheme(page: unknown, screen: ScreenAsks): Theme {
  return (page === 'board' && screen.wall.value) || screen.dark.value ? 'dark' : 'light'
}

/** Follows the address from page to page; what was chosen travels with every link. */
export function createPreferences(
  router: Router,
  memory: Remembered,
  texts: Texts,
  screen: ScreenAsks = { wall: followScreen(WALL), dark: followScreen(DARK) },
): Preferences {
  const chosenLanguage = ref(readLanguage(memory.getItem('lang')))
  const chosenTheme = ref(readTheme(memory.getItem('theme')))
  const route = router.currentRoute

  router.beforeEach((to) => {
    const language = readLanguage(to.query.lang)
    const theme = readTheme(to.query.theme)
    if (language) remember('lang', (chosenLanguage.value = language))
    if (theme) remember('theme', (chosenTheme.value = theme))
    const missing: Record<string, string> = {}
    if (!language && chosenLanguage.value) missing.lang = chosenLanguage.value
    if (!theme && chosenTheme.value) missing.theme = chosenTheme.value
    if (Object.keys(missing).length === 0) return true
    return { ...to, query: { ...to.query, ...missing } }
  })

  function remember(key: string, value: string): void {
    memory.setItem(key, value)
  }

  const language = computed<Language>(() => chosenLanguage.value ?? 'zh')
  const theme = computed<Theme>(() => chosenTheme.value ?? defaultTheme(route.value.name, screen))

  watchEffect(() => {
    texts.global.locale.value = language.value
    const root = document.documentElement
    root.lang = language.value === 'zh' ? 'zh-CN' : 'en'
    root.dataset.theme = theme.value
    root.dataset.page = String(route.value.name ?? '')
  })

  return {
    language,
    theme,
    choose(change) {
      void router.replace({ query: { ...route.value.query, ...change } })
    },
  }
}

export function usePreferences(): Preferences {
  const preferences = inject(PREFERENCES)
  if (!preferences) throw new Error('no preferences: main.ts provides them')
  return preferences
}
