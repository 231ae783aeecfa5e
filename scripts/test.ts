// npm test, test:integration, test:long: test projects, and the checks that take seconds, under one count.
// usage: test.ts [--checks] PROJECT … [-- VITEST ARGUMENTS …]
import { quickChecks, runChecks } from './parts/checks.ts'
import { conclude, sum } from './parts/count.ts'
import { runVitest } from './parts/vitest.ts'

const words = process.argv.slice(2)
const isProject = (word: string): boolean => ['unit', 'model', 'simulation', 'integration', 'e2e', 'long'].includes(word)
const projects = words.filter(isProject)
const args = words.filter((word) => !isProject(word) && word !== '--checks')

const checked = words.includes('--checks') ? runChecks(quickChecks) : { passed: 0, failed: 0 }
conclude(sum([checked, runVitest(projects, args)]))
