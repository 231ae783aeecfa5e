import type { Rule, Scope } from 'eslint'

type Node = Parameters<Rule.RuleContext['sourceCode']['getScope']>[0]

/** Tells what a name of this file is in RxJS: `import { interval as every }`, `import * as rx` and `rx.interval` alike. */
export const rxjsImports = (context: Rule.RuleContext): { nameOf(node: Node): string | null } => {
  const definitionOf = (name: string, node: Node): Scope.Definition | undefined => {
    for (let scope: Scope.Scope | null = context.sourceCode.getScope(node); scope; scope = scope.upper) {
      const variable = scope.set.get(name)
      if (variable) return variable.defs[0]
    }
    return undefined
  }
  /** The specifier that brings `name` in from RxJS, if that is where it comes from. */
  const specifierOf = (name: string, node: Node) => {
    const definition = definitionOf(name, node)
    if (definition?.type !== 'ImportBinding') return null
    return /^rxjs($|\/)/.test(String(definition.parent.source.value)) ? definition.node : null
  }
  return {
    nameOf(node) {
      if (node.type === 'Identifier') {
        const specifier = specifierOf(node.name, node)
        if (specifier?.type !== 'ImportSpecifier') return null
        return specifier.imported.type === 'Identifier' ? specifier.imported.name : String(specifier.imported.value)
      }
      if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return null
      return specifierOf(node.object.name, node)?.type === 'ImportNamespaceSpecifier' ? node.property.name : null
    },
  }
}
