import ts from 'typescript'

/** What the source of a machine says about it, in the words of its comments. */
export interface Meanings {
  /** The opening of the machine's docstring. */
  readonly machine: string
  /** By state path. */
  readonly states: ReadonlyMap<string, string>
  /** By event type. */
  readonly events: ReadonlyMap<string, string>
}

/** The text of the last `/** … *\/` before a node; empty where there is none. */
const docBefore = (source: ts.SourceFile, node: ts.Node): string => {
  const last = ts.getLeadingCommentRanges(source.text, node.pos)?.findLast(({ pos }) => source.text.startsWith('/**', pos))
  if (!last) return ''
  return source.text
    .slice(last.pos + 3, last.end - 2)
    .replaceAll(/^\s*\*? ?/gm, '')
    .trim()
}

/** `- \`path\`  meaning` is a state; `Final: \`a\`, \`b\`; meaning` are several; the rest describes the machine. */
const readStates = (doc: string): { readonly machine: string; readonly states: Map<string, string> } => {
  const states = new Map<string, string>()
  const prose: string[] = []
  for (const line of doc.split('\n')) {
    const [, path, meaning] = /^- `([\w.]+)`\s+(.+)$/.exec(line) ?? []
    const [, names, rest] = /^Final: ((?:`[\w.]+`(?:, | and )?)+)(?:;\s*)?(.*?)$/.exec(line) ?? []
    if (path !== undefined && meaning !== undefined) states.set(path, meaning)
    else if (names !== undefined)
      for (const [, name = ''] of names.matchAll(/`([\w.]+)`/g)) states.set(name, ['final', rest].filter(Boolean).join('; '))
    else prose.push(line)
  }
  return { machine: prose.join(' ').trim(), states }
}

/** The literal types of the member `type` of an event: `{ type: 'a' | 'b' }` has two. */
const eventTypes = (member: ts.TypeNode): string[] => {
  if (!ts.isTypeLiteralNode(member)) return []
  const type = member.members.find((one): one is ts.PropertySignature => ts.isPropertySignature(one) && one.name.getText() === 'type')?.type
  const parts = type === undefined ? [] : ts.isUnionTypeNode(type) ? [...type.types] : [type]
  return parts.flatMap((part) => (ts.isLiteralTypeNode(part) && ts.isStringLiteral(part.literal) ? [part.literal.text] : []))
}

/** Reads the docstrings of a machine file: one exported constant `…Machine`, one exported union `…Event`. */
export const meaningsOf = (path: string, text: string): Meanings => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const events = new Map<string, string>()
  let described = { machine: '', states: new Map<string, string>() }
  for (const statement of source.statements) {
    if (
      ts.isVariableStatement(statement) &&
      statement.declarationList.declarations.some(({ name }) => name.getText().endsWith('Machine'))
    ) {
      described = readStates(docBefore(source, statement))
    }
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text.endsWith('Event') && ts.isUnionTypeNode(statement.type)) {
      // The comment stands before the bar, so it belongs to the bar's token: look between the members.
      statement.type.types.forEach((member, index, members) => {
        const before = index === 0 ? statement.type.pos : members[index - 1]!.end
        const between = source.text.slice(before, member.getStart())
        const doc = /\/\*\*([\s\S]*?)\*\/(?![\s\S]*\/\*\*)/.exec(between)?.[1] ?? ''
        for (const type of eventTypes(member))
          events.set(
            type,
            doc
              .replaceAll(/^\s*\*? ?/gm, '')
              .replaceAll('\n', ' ')
              .trim(),
          )
      })
    }
  }
  return { ...described, events }
}
