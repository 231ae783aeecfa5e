// npm run check: everything that reads the code without running it.
import { allChecks, runChecks } from './parts/checks.ts'
import { conclude } from './parts/count.ts'

conclude(runChecks(allChecks))
