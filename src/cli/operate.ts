import type { RunnerDocument } from '../servers/http/runner-routes.ts'
import type { CliContext, GlobalOptions } from './context.ts'

/** `paused: 3 tasks hold a place, 5 wait`, or the document. */
export const printRunner = ({ stdout }: CliContext, { json }: GlobalOptions, runner: RunnerDocument): Promise<void> => {
  if (json) return stdout.json(runner)
  const used = Object.values(runner.places).reduce((sum, place) => sum + place.used, 0)
  return stdout.line(`${runner.state}: ${used} ${used === 1 ? 'task holds' : 'tasks hold'} a place, ${runner.tasks.pending} wait`)
}
