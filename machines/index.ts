/** The executable specification: every machine of the runner, pure. Explore them with `xstate/graph`, run them through the runner. */
export * from './array/array.machine.ts'
export * from './runner/runner.machine.ts'
export * from './task/task.machine.ts'
