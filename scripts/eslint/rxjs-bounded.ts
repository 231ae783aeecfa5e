import type { Rule } from 'eslint'
import { rxjsImports } from './rxjs-imports.ts'

type CallExpression = Parameters<NonNullable<Rule.NodeListener['CallExpression']>>[0]

/** The position of the concurrency limit among the arguments. */
const concurrencyAt: Readonly<Record<string, number>> = { mergeMap: 1, flatMap: 1, mergeAll: 0, mergeScan: 2, expand: 1 }

/** A stream holds no more than it says: merging names its concurrency, and replay lets go when nobody listens. */
export const rxjsBounded: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      concurrency:
        '`{{name}}` without a concurrency subscribes to any number of sources at once: pass the limit, or use concatMap, switchMap or exhaustMap.',
      shareReplay: '`shareReplay` without `{ bufferSize, refCount: true }` keeps its source and all its values for ever.',
    },
  },
  create(context) {
    const imports = rxjsImports(context)
    const keysOf = (node: CallExpression): string[] => {
      const [config] = node.arguments
      if (config?.type !== 'ObjectExpression') return []
      return config.properties.flatMap((property) =>
        property.type === 'Property' && property.key.type === 'Identifier' ? [property.key.name] : [],
      )
    }
    return {
      CallExpression(node) {
        const name = imports.nameOf(node.callee)
        if (name === 'shareReplay') {
          const keys = keysOf(node)
          if (!keys.includes('bufferSize') || !keys.includes('refCount')) context.report({ node, messageId: 'shareReplay' })
        }
        const at = name === null ? undefined : concurrencyAt[name]
        if (name !== null && at !== undefined && node.arguments.length <= at)
          context.report({ node, messageId: 'concurrency', data: { name } })
      },
    }
  },
}
