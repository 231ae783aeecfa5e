import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { allStates, chartOf } from './chart.ts'
import { dotOf } from './dot.ts'
import { meaningsOf } from './meanings.ts'
import { mermaidOf } from './mermaid.ts'
import { pageOf } from './page.ts'

const machine = setup({
  types: {} as { events: { type: 'door.open' | 'door.ring'; count: number } },
  guards: { isLocked: () => false },
  actions: { light: () => undefined, greet: (_, _params: { word: string }) => undefined },
}).createMachine({
  id: 'door',
  initial: 'shut',
  states: {
    shut: {
      on: {
        'door.open': [{ guard: 'isLocked', target: 'stuck' }, { target: 'ajar' }],
        'door.ring': { guard: ({ event }) => event.count < 3 },
      },
    },
    ajar: { initial: 'narrow', entry: 'light', states: { narrow: { on: { 'door.open': '#door.wide' } } } },
    wide: { type: 'final', entry: { type: 'greet', params: { word: 'in' } } },
    stuck: { always: 'shut' },
  },
})

const source = `
/** What happens to it. */
export type DoorEvent =
  /** Somebody pulls. */
  | { type: 'door.open' }
  // no docstring, this
  /** Somebody
   * waits. */
  | { type: 'door.ring'; count: number }

/** A door.
 * - \`shut\`         nobody comes in
 * - \`ajar.narrow\`  a cat comes in
 * - \`stuck\`        passing: it is locked
 * Final: \`wide\`; everybody comes in. */
export const doorMachine = setup({})
`
const drawn = (text: string) => ({
  chart: chartOf(machine),
  meanings: meaningsOf('door.machine.ts', text),
  mermaid: '',
  source: 'door.machine.ts',
})

describe('a chart', () => {
  const chart = chartOf(machine)

  it('tells waiting, passing, final and compound states apart', () => {
    const kinds = allStates(chart).map(({ path, kind }) => [path, kind])
    expect(kinds).toEqual([
      ['shut', 'waiting'],
      ['ajar', 'compound'],
      ['ajar.narrow', 'waiting'],
      ['wide', 'final'],
      ['stuck', 'passing'],
    ])
  })

  it('names guards and actions with their literal parameters, and shows an expression as it stands', () => {
    expect(chart.edges.map(({ guard }) => guard)).toEqual(['isLocked', null, 'event.count < 3', null, null])
    expect(allStates(chart).find(({ path }) => path === 'wide')?.entry).toEqual(['greet(in)'])
  })

  it('becomes Mermaid with nested states, guards on the arrows, and no character that Mermaid reads as syntax', () => {
    const text = mermaidOf(chart)
    expect(text).toContain('shut --> stuck : door.open [isLocked]\n')
    expect(text).toContain('state "ajar · entry / light" as ajar {\n    [*] --> ajar_narrow\n')
    expect(text).toContain('shut : stays on door.ring [event.count #lt; 3]\n')
    expect(text).toContain('stuck --> shut : otherwise\n')
  })

  it('becomes a graph whose arrow into a frame ends at the frame', () => {
    expect(dotOf(chart)).toMatch(/"shut" -> "ajar\.narrow" \[.*lhead="cluster ajar"/)
  })
})

describe('meanings', () => {
  it('come from the docstrings of the machine and of its events', () => {
    const { machine: text, states, events } = meaningsOf('door.machine.ts', source)
    expect(text).toBe('A door.')
    expect(Object.fromEntries(states)).toEqual({
      shut: 'nobody comes in',
      'ajar.narrow': 'a cat comes in',
      stuck: 'passing: it is locked',
      wide: 'final; everybody comes in.',
    })
    expect(Object.fromEntries(events)).toEqual({ 'door.open': 'Somebody pulls.', 'door.ring': 'Somebody waits.' })
  })

  it('are demanded of every state and event', () => {
    expect(pageOf([drawn(source)])).toContain('| `shut` | nobody comes in |')
    expect(() => pageOf([drawn(source.replace(/.*`shut`.*\n/, ''))])).toThrow('the state shut of door.machine.ts has no meaning')
    expect(() => pageOf([drawn(source.replace('/** Somebody pulls. */', ''))])).toThrow(
      'the event door.open of door.machine.ts has no meaning',
    )
  })

  it('of an event that no state takes are refused', () => {
    expect(() => pageOf([drawn(source.replace("'door.open'", "'door.open' | 'door.paint'"))])).toThrow('door.paint')
  })
})
