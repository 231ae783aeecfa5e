import { createHash } from 'node:crypto'
import type { OpenApiContent, OpenApiDocument, OpenApiOperation, OpenApiParameter } from './openapi-document.ts'
import { typeText } from './type-text.ts'

const style = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent) }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem }
  h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
  details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem }
  summary { cursor: pointer }
  code, pre { font: 14px/1.5 ui-monospace, monospace }
  pre { overflow-x: auto; border-left: 3px solid var(--line); padding-left: .8rem }
  th, td { text-align: left; vertical-align: top; padding: .1rem 1rem .1rem 0 }
  .method { font-weight: 700; display: inline-block; min-width: 3.5rem }
  .said { opacity: .75 }
`

/** For the Content-Security-Policy of the page, which allows this style and nothing else. */
export const pageStyleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`

/** The document for people: one page that asks for nothing more, without a script. */
export const renderPage = (document: OpenApiDocument): string => {
  const { info, tags, paths, components } = document
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(info.title)} ${escape(info.version)}</title>
<style>${style}</style>
<h1>${escape(info.title)} <small>${escape(info.version)}</small></h1>
<p>${marked(info.description)} Every call may be refused by a <a href="#Problem">Problem</a>. The same for programs: <a href="openapi.json">openapi.json</a>.</p>
${tags
  .map(({ name, description }) => {
    const own = calls.filter(({ operation }) => operation.tags.includes(name))
    return `<h2>${escape(name)}</h2>\n<p>${marked(description)}</p>\n${own.map(renderCall).join('\n')}`
  })
  .join('\n')}
<h2>documents</h2>
${Object.entries(components.schemas)
  .map(
    ([name, schema]) =>
      `<details id="${escape(name)}"><summary><code>${escape(name)}</code> <span class="said">${marked(textOf(schema['description']))}</span></summary>${renderType(schema)}</details>`,
  )
  .join('\n')}
</html>
`
}

const renderCall = ({ path, method, operation }: { path: string; method: string; operation: OpenApiOperation }): string => {
  const { operationId, summary, description, parameters = [], requestBody, responses, security } = operation
  return `<details id="${escape(operationId)}">
<summary><code><span class="method">${method}</span> ${escape(path)}</code> <span class="said">${marked(summary)}</span></summary>
${description === undefined ? '' : `<p>${marked(description)}</p>`}
${security.length === 0 ? '<p class="said">Open to anyone.</p>' : ''}
${parameters.length === 0 ? '' : `<table>${parameters.map(renderParameter).join('')}</table>`}
${requestBody ? `<h4>Body${requestBody.required ? '' : ', optional'}</h4>${renderContent(requestBody.content)}` : ''}
${Object.entries(responses)
  .filter(([status]) => !status.endsWith('XX')) // said once, above
  .map(([status, answer]) => `<h4>${escape(status)}</h4><p>${marked(answer.description)}</p>${renderContent(answer.content)}`)
  .join('')}
</details>`
}

const renderParameter = ({ name, in: place, required, description = '', schema }: OpenApiParameter): string =>
  `<tr><td><code>${escape(name)}${required ? '' : '?'}</code></td><td class="said">${place}</td><td><code>${escape(typeText(schema))}</code></td><td>${marked(description)}</td></tr>`

const renderContent = (content: OpenApiContent): string =>
  Object.entries(content)
    .map(([type, { schema }]) => `<p class="said">${escape(type)}</p>${renderType(schema)}`)
    .join('')

/** Names of documents that stand alone, or in a list or choice, lead to them. */
const renderType = (schema: unknown): string =>
  `<pre>${escape(typeText(schema)).replace(/(?<=^|: |\(|\| )[A-Z]\w*(?=\[|\)| \||  |$)/gm, (name) => `<a href="#${name}">${name}</a>`)}</pre>`

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** Text with `code` in it. */
const marked = (text: string): string => escape(text).replace(/`([^`]*)`/g, '<code>$1</code>')
