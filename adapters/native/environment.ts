import { posix } from 'node:path'
import { eventsFileName } from '../../src/domain/events.ts'
import type { ExecutionPlan } from '../../src/domain/plan.ts'

/** What a task finds in its environment: these five, then what the plan says. Nothing of the runner's own.
 * @param home where the task sees its work directory */
export const taskEnvironment = (plan: ExecutionPlan, home: string): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: home,
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  ENV_RUNNER_EVENTS: posix.join(home, eventsFileName),
  ...plan.env,
})
