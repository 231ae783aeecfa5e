import type { SystemState } from './system.ts'

/** A state is one number below 2^53: a byte for the runner, the rest in equal parts for up to three tasks. */
const runnersMax = 2 ** 8
const livesMaxOf = (tasks: number): number => 2 ** Math.floor(45 / tasks)

/** Tasks are interchangeable: of all orders the ascending one stands for all. @throws RangeError when a state does not fit */
export const codeOf = ({ runner, tasks }: SystemState): number => {
  const livesMax = livesMaxOf(tasks.length)
  let [a = 0, b = 0, c = 0] = tasks // by hand: this runs at every step
  if (a < b) [a, b] = [b, a]
  if (b < c) [b, c] = [c, b]
  if (a < b) [a, b] = [b, a]
  if (runner >= runnersMax || a >= livesMax || tasks.length > 3)
    throw new RangeError('the bounds are too wide: a state does not fit into a number')
  const ids = tasks.length === 1 ? a : tasks.length === 2 ? b * livesMax + a : (c * livesMax + b) * livesMax + a
  return ids * runnersMax + runner
}

export const stateOf = (code: number, count: number): SystemState => {
  const livesMax = livesMaxOf(count)
  const tasks: number[] = []
  for (let rest = Math.floor(code / runnersMax); tasks.length < count; rest = Math.floor(rest / livesMax)) tasks.push(rest % livesMax)
  return { runner: code % runnersMax, tasks }
}
