import { allStates, arrowsOf, labelOf, type Chart, type ChartState } from './chart.ts'

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** Long expressions break where a reader would: before `&&` and `||`. */
const breakLong = (text: string): string[] => (text.length <= 44 ? [text] : text.split(/ (?=&&|\|\|)/))

const row = (text: string, size: number): string =>
  `<tr><td align="left"><font point-size="${String(size)}">${escapeHtml(text)}</font></td></tr>`

const nodeLabel = (chart: Chart, state: ChartState): string => {
  const stays = chart.edges.filter(({ from, to }) => from === state.path && to === null).map((edge) => `stays on ${labelOf(edge)}`)
  const details = [...state.entry.map((action) => `entry / ${action}`), ...stays.flatMap(breakLong)]
  const title = `<tr><td align="${details.length === 0 ? 'center' : 'left'}"><b>${escapeHtml(state.name)}</b></td></tr>`
  return `<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">${title}${details.map((text) => row(text, 9)).join('')}</table>>`
}

const stateLines = (chart: Chart, state: ChartState): string[] => {
  if (state.kind !== 'compound') return [`${quote(state.path)} [class="state ${state.kind}" label=${nodeLabel(chart, state)}]`]
  const title = `<b>${escapeHtml(state.name)}</b>${state.entry.map((action) => `  <font point-size="9">entry / ${escapeHtml(action)}</font>`).join('')}`
  return [
    `subgraph ${quote(`cluster ${state.path}`)} {`,
    `class="compound" style="rounded" labeljust=l label=<${title}>`,
    ...state.children.flatMap((child) => stateLines(chart, child)),
    '}',
  ]
}

/** The atomic state that stands for a compound one at the end of an arrow. */
const leafOf = (states: ReadonlyMap<string, ChartState>, path: string): string => {
  const initial = states.get(path)?.initial
  return initial == null ? path : leafOf(states, initial)
}

const arrowLine = (states: ReadonlyMap<string, ChartState>, { from, to, edges }: ReturnType<typeof arrowsOf>[number]): string => {
  const label = edges.map(labelOf).flatMap(breakLong)
  const fromCompound = from !== null && states.get(from)?.kind === 'compound'
  // An arrow leaves a frame from its last child: the first one already takes what comes in.
  const source = from === null ? 'any state' : fromCompound ? (states.get(from)?.children.at(-1)?.path ?? from) : from
  const attributes = [
    `label=<${label.map((text) => `&#160;${escapeHtml(text)}<br align="left"/>`).join('')}>`,
    ...(fromCompound ? [`ltail=${quote(`cluster ${from}`)}`] : []),
    ...(states.get(to)?.kind === 'compound' ? [`lhead=${quote(`cluster ${to}`)}`] : []),
  ]
  return `${quote(source)} -> ${quote(leafOf(states, to))} [${attributes.join(' ')}]`
}

/** The machine as a Graphviz graph; colours come from the style sheet of the drawing, by class. */
export const dotOf = (chart: Chart): string => {
  const states = new Map(allStates(chart).map((state) => [state.path, state]))
  const arrows = arrowsOf(chart)
  return [
    `digraph ${quote(chart.id)} {`,
    // Monospaced, because then the text fits its box in whatever font the reader has. newrank: an arrow may leave a frame and still point down.
    'graph [compound=true newrank=true nodesep=0.4 ranksep=0.5 pad=0.3 fontname="Courier" fontsize=12 bgcolor="transparent"]',
    'node [shape=box style="rounded" margin="0.14,0.08" fontname="Courier" fontsize=12]',
    'edge [fontname="Courier" fontsize=9 arrowsize=0.7]',
    '"start" [shape=circle style=filled width=0.16 height=0.16 fixedsize=true label="" class="start"]',
    `"start" -> ${quote(leafOf(states, chart.initial))}`,
    ...(arrows.some(({ from }) => from === null) ? ['"any state" [class="state any" style="rounded,dashed"]'] : []),
    ...chart.states.flatMap((state) => stateLines(chart, state)),
    ...arrows.map((arrow) => arrowLine(states, arrow)),
    '}',
  ].join('\n')
}
