import { arrowsOf, labelOf, type Chart, type ChartState } from './chart.ts'

/** Mermaid reads these as syntax; its entity codes stand for them. */
const escape = (text: string): string =>
  text.replaceAll(
    /[#;<>"]/g,
    (character) => ({ '#': '#35;', ';': '#59;', '<': '#lt;', '>': '#gt;', '"': '#quot;' })[character] ?? character,
  )

const idOf = (path: string): string => path.replaceAll('.', '_')

const anywhere = 'anyState'

const stateLines = (chart: Chart, state: ChartState, indent: string): string[] => {
  const id = idOf(state.path)
  const entry = state.entry.length === 0 ? [] : [`entry / ${state.entry.join(', ')}`]
  if (state.kind === 'compound' && state.initial !== null) {
    const inner = state.children.flatMap((child) => stateLines(chart, child, `${indent}  `))
    const title = [state.name, ...entry].join(' · ')
    return [`${indent}state "${escape(title)}" as ${id} {`, `${indent}  [*] --> ${idOf(state.initial)}`, ...inner, `${indent}}`]
  }
  const stays = chart.edges.filter(({ from, to }) => from === state.path && to === null).map((edge) => `stays on ${labelOf(edge)}`)
  const lines = [
    `${indent}state "${escape(state.name)}" as ${id}`,
    ...[...entry, ...stays].map((line) => `${indent}${id} : ${escape(line)}`),
  ]
  return state.kind === 'final' ? [...lines, `${indent}${id} --> [*]`] : lines
}

/** The machine as a Mermaid state diagram. */
export const mermaidOf = (chart: Chart): string => {
  const arrows = arrowsOf(chart)
  const lines = [
    'stateDiagram-v2',
    `  [*] --> ${idOf(chart.initial)}`,
    ...(arrows.some(({ from }) => from === null) ? [`  state "any state" as ${anywhere}`] : []),
    ...chart.states.flatMap((state) => stateLines(chart, state, '  ')),
    ...arrows.map(({ from, to, edges }) => {
      const label = edges.map(labelOf).map(escape).join('<br/>')
      return `  ${from === null ? anywhere : idOf(from)} --> ${idOf(to)} : ${label}`
    }),
  ]
  return `${lines.join('\n')}\n`
}
