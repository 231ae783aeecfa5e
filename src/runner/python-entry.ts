import { posix } from 'node:path'
import { failure, type Failure } from '../domain/errors.ts'
import type { PlannedFile, PlannedMount } from '../domain/plan.ts'
import { pythonMountPath, type PythonCall } from '../domain/python-call.ts'
import type { ReportedException } from '../domain/result.ts'

/** In the work directory: which function to call, and with what. Arguments may be larger than an environment variable can be. */
export const pythonCallFileName = '.env-runner-python.json'

/** The directory of the package `env_runner` on this host, and whether a task can have it mounted: without a sandbox it sees the host's own paths. */
export interface PythonPackage {
  readonly hostDir: string
  readonly isMounted: boolean
}

const mountOf = ({ hostDir }: PythonPackage): PlannedMount => ({ hostPath: hostDir, mountPath: pythonMountPath, readOnly: true })
const seenAt = ({ hostDir, isMounted }: PythonPackage): string => (isMounted ? pythonMountPath : hostDir)
const mountsOf = (of: PythonPackage): readonly PlannedMount[] => (of.isMounted ? [mountOf(of)] : [])

/** What a plan needs to make a Python call: its program, and what to add to its mounts (after the task's own) and files.
 * The program is started by its path: no module of the task can take its place, and no PYTHONPATH of the image is lost. */
export const pythonInvocation = (
  call: PythonCall,
  of: PythonPackage,
): { readonly argv: readonly string[]; readonly mounts: readonly PlannedMount[]; readonly files: readonly PlannedFile[] } => ({
  argv: ['python3', posix.join(seenAt(of), 'env_runner', '__main__.py')],
  mounts: mountsOf(of),
  files: [{ path: pythonCallFileName, text: JSON.stringify(call) }],
})

/** What lets the Python programs of any other task `import env_runner`: an environment and what to add to the mounts. The task's own PYTHONPATH is searched first. */
export const withPythonHelper = (
  env: Readonly<Record<string, string>>,
  of: PythonPackage,
): { readonly env: Readonly<Record<string, string>>; readonly mounts: readonly PlannedMount[] } => ({
  env: { ...env, PYTHONPATH: [env['PYTHONPATH'], seenAt(of)].filter(Boolean).join(':') },
  mounts: mountsOf(of),
})

/** In a failure, of the lines above the exception itself; the whole is in the log. */
const tracebackUnitsMax = 1_000
const saidUnitsMax = 800

/** Why a command failed that told an exception before it ended with an exit code. */
export const exceptionMeaning = ({ type, message, traceback }: ReportedException): Failure => {
  const said = message === '' ? type : `${type}: ${message}`
  const lines = traceback.trimEnd()
  const above = lines.endsWith(said) ? lines.slice(0, -said.length).trimEnd() : lines
  return failure('PYTHON_EXCEPTION', [clip(said, saidUnitsMax), endOf(above, tracebackUnitsMax)].filter((part) => part !== '').join('\n'))
}

const clip = (text: string, unitsMax: number): string => (text.length > unitsMax ? `${text.slice(0, unitsMax)}…` : text)

/** The last whole lines within the bound. */
const endOf = (text: string, unitsMax: number): string => {
  if (text.length <= unitsMax) return text
  const end = text.slice(-unitsMax)
  return `…${end.slice(end.indexOf('\n'))}`
}
