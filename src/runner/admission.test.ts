import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TaskClass } from '../domain/task-class.ts'
import { chooseNext, goesBefore, type AdmissionView, type Candidate } from './admission.ts'

const classes = ['cpu_short', 'cpu_long'] as const
const candidates = fc.record<Candidate>({
  class: fc.constantFrom<TaskClass>(...classes),
  priority: fc.integer({ min: -2, max: 2 }),
  arrival: fc.integer({ min: 1, max: 100 }),
  cpuMillicores: fc.integer({ min: 0, max: 4_000 }),
  memoryBytes: fc.integer({ min: 0, max: 1_000 }),
})
const places = fc.record({ cpu_short: fc.integer({ min: 0, max: 3 }), cpu_long: fc.integer({ min: 0, max: 3 }) })
const views = fc.record<AdmissionView>({
  candidates: fc.uniqueArray(candidates, { selector: (one) => one.class, maxLength: 2 }),
  used: places,
  limits: places,
  freeCpuMillicores: fc.integer({ min: 0, max: 4_000 }),
  freeMemoryBytes: fc.integer({ min: 0, max: 1_000 }),
})
const hasPlace = ({ used, limits }: AdmissionView, { class: name }: Candidate): boolean => (used[name] ?? 0) < (limits[name] ?? 0)
const firstOf = (view: AdmissionView): Candidate | undefined =>
  view.candidates.filter((one) => hasPlace(view, one)).toSorted((a, b) => (goesBefore(a, b) ? -1 : 1))[0]

describe('the choice', () => {
  it('stays within the places of the class, the CPU and the memory', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { admit } = chooseNext(view)
        if (admit === null) return
        expect(hasPlace(view, admit)).toBe(true)
        expect(admit.cpuMillicores).toBeLessThanOrEqual(view.freeCpuMillicores)
        expect(admit.memoryBytes).toBeLessThanOrEqual(view.freeMemoryBytes)
      }),
    )
  })

  it('falls on the first by priority, then arrival, of those whose class has a place, and on nobody else', () => {
    fc.assert(
      fc.property(views, (view) => {
        const choice = chooseNext(view)
        const first = firstOf(view)
        if (choice.admit) expect(choice.admit).toBe(first)
        else expect(choice.blocked ?? undefined).toBe(first)
      }),
    )
  })

  it('says what the first in line lacks', () => {
    const first: Candidate = { class: 'cpu_short', priority: 0, arrival: 1, cpuMillicores: 100, memoryBytes: 100 }
    const view = { candidates: [first], used: {}, limits: { cpu_short: 1 }, freeCpuMillicores: 100, freeMemoryBytes: 100 }
    expect(chooseNext(view)).toEqual({ admit: first })
    expect(chooseNext({ ...view, freeCpuMillicores: 99 })).toEqual({ admit: null, blocked: first, lacks: 'cpu' })
    expect(chooseNext({ ...view, freeMemoryBytes: 99 })).toEqual({ admit: null, blocked: first, lacks: 'memory' })
    expect(chooseNext({ ...view, limits: {} })).toEqual({ admit: null, blocked: null, lacks: null })
    expect(chooseNext({ ...view, candidates: [] })).toEqual({ admit: null, blocked: null, lacks: null })
  })

  it('counts nothing where the host may be oversubscribed', () => {
    const huge: Candidate = { class: 'cpu_short', priority: 0, arrival: 1, cpuMillicores: 1e9, memoryBytes: 1e15 }
    const view = { candidates: [huge], used: {}, limits: { cpu_short: 1 }, freeCpuMillicores: Infinity, freeMemoryBytes: Infinity }
    expect(chooseNext(view)).toEqual({ admit: huge })
  })
})

describe('a host over time', () => {
  interface Job extends Candidate {
    readonly id: number
  }
  const host = { cpu: 4_000, memory: 1_000, limits: { cpu_short: 2, cpu_long: 1 } as const }
  const jobs = fc
    .array(candidates, { minLength: 1, maxLength: 25 })
    .map((list) => list.map((one, index): Job => ({ ...one, arrival: index, id: index })))

  /** Admits until nobody goes, then ends one task that a schedule picks, again and again. Returns the order of admission. */
  const live = (waiting: readonly Job[], pick: (running: readonly Job[]) => number): { order: Job[]; left: Job[] } => {
    let [left, running, order]: [Job[], Job[], Job[]] = [[...waiting], [], []]
    for (;;) {
      const used = Object.fromEntries(classes.map((name) => [name, running.filter((job) => job.class === name).length]))
      const [cpu, memory] = [
        running.reduce((sum, job) => sum + job.cpuMillicores, 0),
        running.reduce((sum, job) => sum + job.memoryBytes, 0),
      ]
      expect(cpu).toBeLessThanOrEqual(host.cpu)
      expect(memory).toBeLessThanOrEqual(host.memory)
      for (const name of classes) expect(used[name]).toBeLessThanOrEqual(host.limits[name])
      const heads = classes.flatMap((name) => left.filter((job) => job.class === name).toSorted((a, b) => (goesBefore(a, b) ? -1 : 1)).slice(0, 1)) // prettier-ignore
      const choice = chooseNext({
        candidates: heads,
        used,
        limits: host.limits,
        freeCpuMillicores: host.cpu - cpu,
        freeMemoryBytes: host.memory - memory,
      })
      if (choice.admit) {
        const admitted = choice.admit as Job
        left = left.filter((job) => job !== admitted)
        running = [...running, admitted]
        order = [...order, admitted]
      } else if (running.length === 0) return { order, left }
      else running = running.toSpliced(pick(running), 1)
    }
  }

  it('runs every task once, never more at once than it has, and nobody waits for ever', () => {
    fc.assert(
      fc.property(jobs, fc.infiniteStream(fc.nat()), (waiting, chance) => {
        const { order, left } = live(waiting, (running) => chance.next().value! % running.length)
        expect(left).toEqual([])
        expect(order.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(waiting.map(({ id }) => id))
      }),
    )
  })

  it('lets nobody overtake a first in line that waits for CPU or memory, so that large tasks are not starved by small ones', () => {
    const large: Job = { id: 1, class: 'cpu_short', priority: 0, arrival: 1, cpuMillicores: 4_000, memoryBytes: 0 }
    const small = (id: number, taskClass: TaskClass): Job => ({
      id,
      class: taskClass,
      priority: 0,
      arrival: id,
      cpuMillicores: 1,
      memoryBytes: 0,
    })
    const { order } = live(
      [small(0, 'cpu_short'), large, ...Array.from({ length: 20 }, (_, index) => small(index + 2, index % 2 ? 'cpu_short' : 'cpu_long'))],
      () => 0,
    )
    expect(order.slice(0, 2).map(({ id }) => id)).toEqual([0, 1])
  })

  it('goes by priority, then arrival, within a class', () => {
    fc.assert(
      fc.property(jobs, (waiting) => {
        const { order } = live(waiting, () => 0)
        for (const name of classes) {
          const own = order.filter((job) => job.class === name)
          expect(own).toEqual(own.toSorted((a, b) => (goesBefore(a, b) ? -1 : 1)))
        }
      }),
    )
  })
})
