// The size of the type, which differs between wall, desk and large screens.

/** Size of body text in px. */
export function rootSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
}
