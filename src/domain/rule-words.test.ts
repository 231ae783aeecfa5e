import { expect, it } from 'vitest'
import * as z from 'zod'
import { ruleWords } from './rule-words.ts'

it.each([
  [z.int(), 1.5, 'must be a whole number'],
  [z.number().min(1), 0, 'must be at least 1'],
  [z.number().positive(), -1, 'must be more than 0'],
  [z.int().max(10), 11, 'must be at most 10'],
  [z.number().lt(10), 10, 'must be less than 10'],
  [z.int(), 'x', 'invalid input: expected number, received string'],
  [z.string().min(1), '', 'must not be empty'],
  [z.array(z.string()).min(1), [], 'must not be empty'],
  [z.enum(['a', 'b', 'c']), 'd', 'must be "a", "b" or "c"'],
  [z.enum(['a']), 'd', 'must be "a"'],
  [z.boolean(), 'x', 'invalid input: expected boolean, received string'],
  [z.string().regex(/a/, 'Must hold an a'), 'x', 'must hold an a'],
])('%#: names the rule that a value broke', (schema, value, words) => {
  expect(ruleWords(schema.safeParse(value).error!.issues[0]!)).toBe(words)
})
