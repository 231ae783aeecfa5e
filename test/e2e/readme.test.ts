import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createCli, type Cli } from '../support/cli.ts'
import { fencedBlocks } from '../support/fenced-blocks.ts'

let cli: Cli
beforeEach(() => {
  cli = createCli()
})
afterEach(() => cli.end())

it('the program of the README runs a task in a runner of its own and prints its result', () => {
  const [program, ...more] = fencedBlocks('README.md', 'ts')
  expect(more).toEqual([])
  const path = join(cli.directory, 'program.ts')
  const library = pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href
  writeFileSync(path, program!.replace("'env-runner'", `'${library}'`))
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], { cwd: cli.directory, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^pending \n(?:[a-z]+ \n)*completed \ncompleted 42\n\n$/)
})
