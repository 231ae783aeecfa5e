import type { Rule } from 'eslint'
import type ts from 'typescript'
import { rxjsImports } from './rxjs-imports.ts'

type Listened<Type extends 'CallExpression' | 'NewExpression' | 'Identifier' | 'MemberExpression'> = Parameters<
  NonNullable<Rule.NodeListener[Type]>
>[0]

/** What typescript-eslint's parser leaves beside the tree when it has type information. */
interface TypedServices {
  readonly program: ts.Program
  getTypeAtLocation(node: object): ts.Type
}

/** Operators and creators that read a clock or set a timer. */
const timed = new Set([
  ...['interval', 'timer', 'debounceTime', 'throttleTime', 'auditTime', 'sampleTime', 'bufferTime', 'windowTime', 'delay'],
  ...['timeout', 'timeoutWith', 'timeInterval', 'timestamp'],
])
/** Timed only when they are given a time: a window in milliseconds, a numeric delay. */
const timedWhenAsked: Readonly<Record<string, (args: readonly ts.Type[], checker: ts.TypeChecker) => boolean>> = {
  ReplaySubject: (args) => args.length > 1,
  shareReplay: (args, checker) => args.length > 1 || (args[0]?.getProperty('windowTime') !== undefined && !hasScheduler(args, checker)),
  retry: (args, checker) => delaysByNumber(args[0], checker),
  repeat: (args, checker) => delaysByNumber(args[0], checker),
}
const ambient = new Set(['asyncScheduler', 'asapScheduler', 'animationFrameScheduler', 'async', 'asap', 'animationFrame'])

const delaysByNumber = (config: ts.Type | undefined, checker: ts.TypeChecker): boolean => {
  const delay = config?.getProperty('delay')
  return (
    delay !== undefined &&
    checker
      .typeToString(checker.getTypeOfSymbol(delay))
      .split(' | ')
      .some((part) => part === 'number' || /^\d+$/.test(part))
  )
}

/** A `SchedulerLike` or `TimestampProvider`, by shape: whatever can tell the time. */
const tellsTime = (type: ts.Type): boolean => type.getProperty('now') !== undefined

const hasScheduler = (args: readonly ts.Type[], checker: ts.TypeChecker): boolean =>
  args.some((type) => {
    const scheduler = type.getProperty('scheduler')
    return tellsTime(type) || (scheduler !== undefined && tellsTime(checker.getNonNullableType(checker.getTypeOfSymbol(scheduler))))
  })

/** Time comes from the Clock port: whatever in RxJS measures or waits must be given its scheduler, and the ambient schedulers stay out. */
export const rxjsScheduler: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      implicit: '`{{name}}` takes the ambient clock: pass a scheduler made from the Clock port.',
      ambient: '`{{name}}` is the ambient clock: take the scheduler as a parameter.',
      numericDelay: '`{{name}}` waits on the ambient clock when its delay is a number: return `timer(ms, scheduler)` from a function.',
    },
  },
  create(context) {
    const imports = rxjsImports(context)
    const services = context.sourceCode.parserServices as TypedServices
    const checker = services.program.getTypeChecker()
    const types = (args: readonly object[]): ts.Type[] => args.map((arg) => services.getTypeAtLocation(arg))

    const check = (node: Listened<'CallExpression' | 'NewExpression'>) => {
      const name = imports.nameOf(node.callee)
      if (name === null) return
      const args = types(node.arguments)
      const asked = timedWhenAsked[name]
      if (asked?.(args, checker) && (name === 'retry' || name === 'repeat'))
        context.report({ node, messageId: 'numericDelay', data: { name } })
      else if ((timed.has(name) || asked?.(args, checker)) && !hasScheduler(args, checker)) {
        context.report({ node, messageId: 'implicit', data: { name } })
      }
    }
    const checkAmbient = (node: Listened<'Identifier' | 'MemberExpression'>) => {
      const name = imports.nameOf(node)
      if (name !== null && ambient.has(name)) context.report({ node, messageId: 'ambient', data: { name } })
    }
    return { CallExpression: check, NewExpression: check, Identifier: checkAmbient, MemberExpression: checkAmbient }
  },
}
