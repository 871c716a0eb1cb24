// English, complete: the types make a missing text an error of the build.
import { codes } from './en/codes'
import { pages } from './en/pages'
import type { Messages } from './zh'

export const en: Messages = { ...codes, ...pages }
