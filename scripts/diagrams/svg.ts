import type { Viz } from '@viz-js/viz'
import type { Chart } from './chart.ts'
import { dotOf } from './dot.ts'

interface Palette {
  readonly ground: string
  readonly ink: string
  readonly line: string
  readonly frame: string
  readonly state: string
  readonly passing: string
  readonly final: string
}

const light: Palette = {
  ground: '#ffffff',
  ink: '#1f2328',
  line: '#59636e',
  frame: '#818b98',
  state: '#f6f8fa',
  passing: '#fff8c5',
  final: '#dafbe1',
}
const dark: Palette = {
  ground: '#0d1117',
  ink: '#e6edf3',
  line: '#9198a1',
  frame: '#656c76',
  state: '#1c2128',
  passing: '#3b2f0b',
  final: '#12361f',
}

/** Plain rules without variables: not every viewer of SVG knows those. */
const rules = ({ ground, ink, line, frame, state, passing, final }: Palette): string => `
.ground { fill: ${ground} }
text { fill: ${ink}; font-family: ui-monospace, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace }
.edge path { stroke: ${line} }
.edge polygon { fill: ${line}; stroke: ${line} }
.state path { fill: ${state}; stroke: ${line} }
.passing path { fill: ${passing} }
.final path { fill: ${final}; stroke-width: 2 }
.compound path { fill: none; stroke: ${frame}; stroke-dasharray: 5 3 }
.start ellipse { fill: ${ink}; stroke: ${ink} }
`

/** Each theme brings its own ground: a page's theme and the reader's system may differ. */
const styleSheet = `${rules(light)}@media (prefers-color-scheme: dark) {${rules(dark)}}\n`

/** The machine as a drawing that stands alone: no font, script or style from elsewhere. */
export const svgOf = (viz: Viz, chart: Chart): string => {
  const drawing = viz.renderString(dotOf(chart), { format: 'svg', engine: 'dot' })
  const svg = drawing
    .slice(drawing.indexOf('<svg'))
    .replaceAll(/<!--.*?-->\n?/gs, '')
    .replaceAll(/ id="[^"]*"/g, '')
  const title = `<title>The ${chart.id} machine</title>`
  const ground = '<rect class="ground" width="100%" height="100%"/>'
  return svg.replace(/>\n?/, `>\n${title}\n<style>${styleSheet}</style>\n${ground}\n`).trimEnd() + '\n'
}
