// The size of the type, which differs between wall, desk and large screens, and what screen this is.
import { ref, type Ref } from 'vue'

/** Where it hangs on a wall; base.css has the same limits. */
export const WALL = '(min-width: 1700px) and (min-height: 900px)'
/** Where the board is in one view, wall and laptop alike; base.css and the board have the same limits. */
export const WHOLE = '(min-width: 1200px) and (min-height: 640px)'
export const DARK = '(prefers-color-scheme: dark)'

/** Size of body text in px. */
export function rootSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
}

/** Whether a question to the screen holds, for as long as the page lives. */
export function followScreen(question: string): Ref<boolean> {
  const media = window.matchMedia(question)
  const holds = ref(media.matches)
  media.addEventListener('change', () => (holds.value = media.matches))
  return holds
}
