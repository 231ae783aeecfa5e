import fc from 'fast-check'
import { expect, it } from 'vitest'
import { attemptName, parseAttemptName } from './exit.ts'
import { taskIdPattern } from './task-spec.ts'

const ids = fc
  .stringMatching(new RegExp(taskIdPattern.source.replaceAll('(?:', '(').replace('\\.(?!\\.)', '\\.')))
  .filter((id) => taskIdPattern.test(id))

it('names every attempt in a way that can be read back, as one part of a path', () => {
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 1_000_000 }), (taskId, attempt) => {
      const name = attemptName({ taskId, attempt })
      expect(parseAttemptName(name)).toEqual({ taskId, attempt })
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/)
      expect(name.length).toBeLessThanOrEqual(136) // a file name holds 255 bytes
    }),
  )
})

it('gives different attempts different names', () => {
  fc.assert(
    fc.property(ids, ids, fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), (a, b, one, other) => {
      fc.pre(a !== b || one !== other)
      expect(attemptName({ taskId: a, attempt: one })).not.toBe(attemptName({ taskId: b, attempt: other }))
    }),
  )
})

it.each(['', 'a', 'a.', '.1', 'a.0', 'a.01', 'a.1x', 'a/b.1', '../a.1', 'a b.1', '-a.1', 'a.1\n', 'a.-1', 'a.1.5x'])(
  'takes %j for no name of an attempt',
  (name) => {
    expect(parseAttemptName(name)).toBeNull()
  },
)
