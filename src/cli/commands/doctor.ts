import type { Command } from 'commander'
import { formatFailure, toFailure } from '../../domain/errors.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { checkDisk, checkJournal, checkNode, checkRunner } from '../doctor/checks.ts'
import { checkDocker } from '../doctor/docker-check.ts'
import { checkDataDir, checkNative, checkPunchHole } from '../doctor/host-checks.ts'
import type { Check } from '../doctor/check.ts'
import { exitCodes } from '../exit-codes.ts'
import { oneLine, table } from '../output.ts'

export const register = (command: Command, context: CliContext): void => {
  command.addHelpText('after', helpText)
  context.action(command, (globals) => doctor(context, globals))
}

const helpText = `
Each line is ok, warn (works, with less than it could) or fail (does not work), and says what to do. Exits with 1 when one fails.

Example:
  $ env-runner doctor --data-dir ./data`

const doctor = async (context: CliContext, globals: GlobalOptions): Promise<number> => {
  const checks: Check[] = [checkNode()]
  try {
    const { config, origins } = await context.loadConfig(globals)
    const given = new Set([...origins.values()].filter((origin) => origin !== 'default')).size
    checks.push({
      name: 'configuration',
      status: 'ok',
      message: given === 0 ? 'defaults' : `${given === 1 ? 'one key is' : `${given} keys are`} set; env-runner config print shows them`,
    })
    const dataDir = checkDataDir(config)
    checks.push(dataDir)
    if (dataDir.status !== 'fail') checks.push(...checkNative(config), checkPunchHole(config))
    checks.push(...(await checkDocker(config, context.env)))
    checks.push(checkDisk(config), ...checkJournal(config), await checkRunner(config))
  } catch (cause) {
    checks.push({ name: 'configuration', status: 'fail', message: formatFailure(toFailure(cause)) })
  }
  const failed = checks.some(({ status }) => status === 'fail')
  if (globals.json) await context.stdout.json({ ok: !failed, checks })
  else
    for (const line of table(
      checks.map(({ status, name, message, hint }) => [status, name, oneLine(hint === undefined ? message : `${message}. ${hint}`)]),
    ))
      await context.stdout.line(line)
  return failed ? exitCodes.failed : exitCodes.ok
}
