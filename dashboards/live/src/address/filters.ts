// Filters that live in the address: a link shows what its sender saw.
import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

const PREFERENCE_KEYS = new Set(['lang', 'theme'])

/** The values of these query keys; a repeated key counts once, an absent one is the empty text. */
export function pickFilters<Key extends string>(query: LocationQuery, keys: readonly Key[]): Record<Key, string> {
  const picked = {} as Record<Key, string>
  for (const key of keys) {
    const value = query[key]
    picked[key] = (Array.isArray(value) ? value[0] : value) ?? ''
  }
  return picked
}

/** The next query: changed keys set, emptied ones gone, the cursor dropped unless it is what changes. */
export function changeFilters(query: LocationQuery, change: Record<string, string>): LocationQuery {
  const next: LocationQuery = { ...query }
  if (!('cursor' in change)) delete next.cursor
  for (const [key, value] of Object.entries(change)) {
    if (value === '') delete next[key]
    else next[key] = value
  }
  return next
}

export interface Filters<Key extends string> {
  values: ComputedRef<Record<Key, string>>
  change(change: Partial<Record<Key, string>>): void
  /** Removes every filter; language and theme stay. */
  clear(): void
}

export function useFilters<Key extends string>(keys: readonly Key[]): Filters<Key> {
  const route = useRoute()
  const router = useRouter()
  return {
    values: computed(() => pickFilters(route.query, keys)),
    change(change) {
      void router.push({ query: changeFilters(route.query, change as Record<string, string>) })
    },
    clear() {
      const kept = Object.entries(route.query).filter(([key]) => PREFERENCE_KEYS.has(key))
      void router.push({ query: Object.fromEntries(kept) })
    },
  }
}
