import type { ExplorationReport } from './exploration.ts'

/** A test of its own for what an exploration has found wrong: it goes the same way, and fails as long as that way is open. Empty when nothing was found. */
export const pasteableTest = ({ bounds, violation }: Pick<ExplorationReport, 'bounds' | 'violation'>): string => {
  if (violation === null) return ''
  const steps = violation.history.map((step) => `    ${JSON.stringify(step)},\n`).join('')
  return `import { expect, it } from 'vitest'
import { violationsOnTheWay } from 'env-runner/testing'

it(${JSON.stringify(`does not end in: ${violation.sentences.join('; ')}`)}, () => {
  const bounds = ${JSON.stringify(bounds)} as const
  const history = [
${steps}  ]
  expect(violationsOnTheWay(bounds, history)).toEqual([])
})
`
}
