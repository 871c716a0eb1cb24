// Chinese, the first language: its keys are the list of all texts; en.ts must have each of them.
import { codes } from './zh/codes'
import { pages } from './zh/pages'

export const zh = { ...codes, ...pages }

export type Messages = typeof zh
