import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configKeys } from './keys.ts'
import { isReloadable } from './reload.ts'
import { configReference } from './reference.ts'

it('documents every key, and marks those that are taken while the runner runs', () => {
  for (const { path } of configKeys) expect(configReference()).toContain(`| \`${path}\`${isReloadable(path) ? ' ↻' : ''} |`)
})
it('is what docs/configuration.md says', () => {
  expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configReference())
})
