import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { Count } from './count.ts'

/** Name of the environment variable with the path of the file that takes the counts. */
export const countFileVariable = 'ENV_RUNNER_TEST_COUNTS'

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** How to run a file, or one test of it, again, and the beginning of why it failed. */
const again = (module: TestModule, test?: TestCase): string => {
  const file = relative(process.cwd(), module.moduleId)
  const name = test === undefined ? '' : ` -t ${quote(test.fullName.replaceAll(' > ', ' ').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))}`
  const errors = test === undefined ? module.errors() : (test.result().errors ?? [])
  const why = errors.map(({ message, stacks }) => {
    const at = stacks?.find((frame) => frame.file.startsWith(process.cwd()))
    const place = at === undefined ? '' : ` (${relative(process.cwd(), at.file)}:${at.line})`
    return `\n    ${stripVTControlCharacters(message).replaceAll(/\s+/g, ' ').slice(0, 500)}${place}`
  })
  return `  npm run test:only -- ${file}${name}${why.join('')}\n`
}

/** A vitest reporter: writes how much passed and failed into a file, and prints how to run each failure again and why it failed. A file that cannot be run counts as one failure. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map((test) => ({ module, test })))
    const failedTests = tests.filter(({ test }) => test.result().state === 'failed')
    const brokenModules = modules.filter((module) => module.state() === 'failed' && !failedTests.some((one) => one.module === module))
    const count: Count = {
      passed: tests.filter(({ test }) => test.result().state === 'passed').length,
      failed: failedTests.length + brokenModules.length + unhandledErrors.length,
    }
    const commands = [...failedTests.map(({ module, test }) => again(module, test)), ...brokenModules.map((module) => again(module))]
    if (commands.length > 0) process.stdout.write(`run again:\n${commands.join('')}\n`)
    const path = process.env[countFileVariable]
    if (path !== undefined) writeFileSync(path, JSON.stringify(count))
  }
}
