import { runnerMachine } from '../../../machines/runner/runner.machine.ts'
import { taskMachine } from '../../../machines/task/task.machine.ts'
import { chooseNext } from '../../runner/admission.ts'
import { consequencesOf } from '../../runner/consequences.ts'
import { timedPhases } from '../../runner/deadlines.ts'
import { needsAttempt } from '../../runner/recovery.ts'

/** What decides in the explored system: production code, all of it. Tests replace one to see that what is wrong is found. */
export const productionRules = { taskMachine, runnerMachine, consequencesOf, timedPhases, needsAttempt, chooseNext }

export type Rules = typeof productionRules
