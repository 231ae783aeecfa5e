import { readFileSync } from 'node:fs'
import { Argument, Option, type Command } from 'commander'
import type { CliContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

const names = ['task', 'runner'] as const

export const register = (command: Command, context: CliContext): void => {
  command
    .addArgument(new Argument('[machine]', 'which one').choices(names).default('task'))
    .addOption(new Option('--format <format>', 'Mermaid text or SVG').choices(['mermaid', 'svg']).default('mermaid'))
    .addHelpText('after', '\nExamples:\n  $ env-runner diagrams task\n  $ env-runner diagrams runner --format svg > runner.svg')
  context.action(command, async ({ json }) => {
    const machine = command.processedArgs[0] as string
    const { format } = command.opts<{ format: 'mermaid' | 'svg' }>()
    const diagram = read(`${machine}.${format === 'svg' ? 'svg' : 'mmd'}`)
    await (json ? context.stdout.json({ machine, format, diagram }) : context.stdout.write(diagram))
    return exitCodes.ok
  })
}

/** The compiled program stands one directory deeper. */
const read = (file: string): string => {
  const here = (up: string) => readFileSync(new URL(`${up}diagrams/${file}`, import.meta.url), 'utf8')
  try {
    return here('../../../')
  } catch {
    return here('../../../../')
  }
}
