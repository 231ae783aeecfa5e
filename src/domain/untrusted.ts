import { RunnerError } from './errors.ts'
import type { Json } from './json.ts'

/** Bounds on a JSON document from outside, checked before anything interprets it. */
export interface DocumentLimits {
  /** UTF-16 units of all keys and strings, plus eight for every other value: an estimate that needs no serialisation. */
  readonly unitsMax: number
  readonly depthMax: number
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Refuses a document that is too large, too deep, or holds keys and numbers that JSON cannot carry safely.
 * Walks with a stack of its own, so that no depth can overflow ours.
 * @throws RunnerError `PAYLOAD_TOO_LARGE`, `LIMIT_EXCEEDED`, `INVALID_SPEC` */
export function assertSafeDocument(document: unknown, limits: DocumentLimits, rootPath = ''): asserts document is Json {
  const stack: { value: unknown; path: string; depth: number }[] = [{ value: document, path: rootPath, depth: 0 }]
  let units = 0
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { value, path, depth } = entry
    if (depth > limits.depthMax)
      throw new RunnerError('LIMIT_EXCEEDED', `the document is nested deeper than ${limits.depthMax} levels`, {
        path: beginningOf(path),
        hint: 'Flatten it, or pass the data as an input artifact',
      })
    if (typeof value === 'string') units += value.length
    else if (typeof value === 'number') {
      units += 8
      if (!Number.isFinite(value))
        throw new RunnerError('INVALID_SPEC', `${value} is not a JSON number`, { path, hint: 'Use a finite number' })
    } else if (typeof value === 'object' && value !== null) {
      units += 8
      if (Array.isArray(value)) {
        if (value.length > limits.unitsMax) throw tooLarge(limits, path)
        for (let index = value.length - 1; index >= 0; index--)
          stack.push({ value: value[index], path: `${path}[${index}]`, depth: depth + 1 })
      } else {
        for (const key of Object.keys(value)) {
          units += key.length
          if (forbiddenKeys.has(key))
            throw new RunnerError('INVALID_SPEC', `the key ${JSON.stringify(key)} is not allowed`, {
              path: join(path, key),
              hint: 'Rename it',
            })
          const child = (value as Record<string, unknown>)[key]
          if (child !== undefined) stack.push({ value: child, path: join(path, key), depth: depth + 1 })
        }
      }
    } else if (typeof value === 'boolean' || value === null) units += 8
    else throw new RunnerError('INVALID_SPEC', `a ${typeof value} is not a JSON value`, { path, hint: 'Send plain JSON' })
    if (units > limits.unitsMax) throw tooLarge(limits, path)
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** Where a deep place begins: the levels below say nothing more. */
const beginningOf = (path: string): string => {
  const [beginning] = /^[^.[]*(?:[.[][^.[]*){0,5}/.exec(path)!
  return beginning === path ? path : `${beginning}…`
}

const tooLarge = (limits: DocumentLimits, path: string): RunnerError =>
  new RunnerError('PAYLOAD_TOO_LARGE', `the document is larger than ${limits.unitsMax} characters`, {
    path: path.slice(0, 200),
    hint: 'Pass large data as an input artifact, or raise limits.payload_bytes',
  })

/** The nearest of `known` names to a mistyped one, or undefined when none is near (Damerau–Levenshtein, at most a third of the length). */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(name, candidate)
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

const editDistance = (a: string, b: string): number => {
  let [beforePrevious, previous]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) distance = Math.min(distance, beforePrevious[j - 2]! + 1)
      current.push(distance)
    }
    ;[beforePrevious, previous] = [previous, current]
  }
  return previous[b.length]!
}
