import { readdirSync, readFileSync } from 'node:fs'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createCounters } from './counters.ts'
import { createMetrics } from './metrics.ts'
import { processMetrics } from './process-metrics.ts'

interface Described {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** Every metric of a registry; the library's types leave the labels out. */
const describedIn = (registry: Registry): Described[] => registry.getMetricsAsArray() as unknown as Described[]

const own = (): Described[] => {
  const registry = new Registry()
  const asked = { oldestPendingAt: () => null, journalBytes: async () => 0, disk: async () => ({ freeBytes: 0, sizeBytes: 0 }) }
  const clock = { now: () => 0, monotonic: () => 0, timer: () => () => {} }
  createMetrics({ version: '0', nodeVersion: 'v0', counters: createCounters(), clock, ...asked }, registry)
  return describedIn(registry)
}

const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Names of series: a histogram has three, and none of its own. */
const seriesOf = ({ name, type }: Described): string[] =>
  type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name]

/** Metrics that a text of PromQL names, in expressions or elsewhere. */
const namedIn = (text: string): string[] => text.match(/\b(?:env_runner|nodejs|process)_[a-z0-9_]+/g) ?? []

describe('a metric', () => {
  it.each(['alerts/env-runner.rules.yml', 'dashboards/env-runner.json'])('that %s names exists', (path) => {
    const known = new Set([...own(), ...describedIn(processMetrics())].flatMap(seriesOf))
    const named = namedIn(file(path))
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  it('of the runner is in the page of metrics with its type, labels and meaning, and no other is', () => {
    const rows = file('docs/observability.md').split('\n').filter((line) => line.startsWith('| `env_runner_')) // prettier-ignore
    const expected = own().map(
      ({ name, type, labelNames, help }) => `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    )
    expect(rows.toSorted()).toEqual(expected.toSorted())
  })

  it('is named as Prometheus wants it: counters end in _total and nothing else does, units are base units', () => {
    for (const { name, type } of own()) {
      expect(name).toMatch(/^env_runner_[a-z]+(_[a-z]+)*$/)
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|kilobytes|mb|percent)(_total)?$/)
    }
  })

  it('has no label that a task or a caller chooses', () => {
    const closed = [
      'class',
      'code',
      'event',
      'invariant',
      'kind',
      'method',
      'mode',
      'node',
      'outcome',
      'place',
      'route',
      'source',
      'state',
      'status',
      'version',
    ]
    expect([...new Set(own().flatMap(({ labelNames }) => labelNames))].toSorted()).toEqual(closed)
  })
})

describe('an alert', () => {
  it('has its tests, and its line in the page, and no other has', () => {
    const alerts = [...file('alerts/env-runner.rules.yml').matchAll(/alert: (\w+)/g)].map(([, name]) => name!)
    const tests = readdirSync(new URL('../../alerts/tests/', import.meta.url)).map((name) => file(`alerts/tests/${name}`)).join('\n') // prettier-ignore
    const explained = [...file('docs/observability.md').matchAll(/^\| `(EnvRunner\w+)` \|/gm)].map(([, name]) => name!)
    expect(alerts.filter((name) => !tests.includes(`alertname: ${name}\n`))).toEqual([])
    expect(explained.toSorted()).toEqual(alerts.toSorted())
  })
})
