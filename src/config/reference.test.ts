import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configKeys } from './keys.ts'
import { configReference } from './reference.ts'

it('documents every key', () => {
  for (const { path } of configKeys) expect(configReference()).toContain(`| \`${path}\` |`)
})
it('is what docs/configuration.md says', () => {
  expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configReference())
})
