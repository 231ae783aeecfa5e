import type { Script } from '../conformance/executor.ts'

/** A command that acts a script of the conformance suite out. It writes a letter to `starts` in its directory when it is up.
 * @param background seconds, by which the children that it leaves behind are found */
export const shellCommand = (script: Script, background: string): string[] => {
  if (script.missingCommand) return ['no-such-command']
  const seconds = (script.runMs ?? 0) / 1_000
  return ['sh', '-c', [
    script.ignoreTerm ? `trap '' TERM` : '',
    'printf s >>starts',
    script.print === undefined ? '' : `printf %s '${script.print}'`,
    script.background ? `setsid sleep ${background} & sleep ${background} &` : '',
    script.exceedsMemory ? 'head -c 200000000 /dev/zero | tail -c 199999999 >/dev/null' : '',
    seconds >= 60 ? `exec sleep ${seconds}` : seconds > 0 ? `sleep ${seconds}` : '',
    script.signal ? `kill -${script.signal.slice(3)} $$` : '',
    `exit ${script.exitCode ?? 0}`,
  ].filter(Boolean).join('\n')] // prettier-ignore
}
