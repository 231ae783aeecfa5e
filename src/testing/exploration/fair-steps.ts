import { IntList } from './state-table.ts'

/** The steps that need no fault and nobody's wish, between states by their index. */
export interface FairSteps {
  add(from: number, to: number): void
  /** Which states lead to an end whatever fair steps are taken: 1. A state is good when it is an end, or has a fair step and all of them lead to good ones; so
   * neither a standstill nor a circle is. Linear, backwards from the ends. */
  leadingToAnEnd(isEnd: readonly boolean[]): Uint8Array
}

export const createFairSteps = (): FairSteps => {
  const [from, to] = [new IntList(), new IntList()]
  return {
    add(source, target) {
      from.push(source)
      to.push(target)
    },
    leadingToAnEnd(isEnd) {
      const open = new Int32Array(isEnd.length)
      const begins = new Int32Array(isEnd.length + 1)
      for (let step = 0; step < from.length; step++) {
        open[from.at(step)]!++
        begins[to.at(step) + 1]!++
      }
      for (let index = 0; index < isEnd.length; index++) begins[index + 1]! += begins[index]!
      const sources = new Int32Array(from.length)
      const filled = begins.slice()
      for (let step = 0; step < from.length; step++) sources[filled[to.at(step)]!++] = from.at(step)

      const isGood = Uint8Array.from(isEnd, Number)
      const ready = new IntList()
      isEnd.forEach((end, index) => end && ready.push(index))
      for (let next = 0; next < ready.length; next++) {
        const good = ready.at(next)
        for (let place = begins[good]!; place < begins[good + 1]!; place++) {
          const source = sources[place]!
          if (--open[source]! > 0 || isGood[source]) continue
          isGood[source] = 1
          ready.push(source)
        }
      }
      return isGood
    },
  }
}
