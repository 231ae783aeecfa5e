import { builtinModules } from 'node:module'

/** Builtin modules that compute and nothing else; every other one reaches the outside. */
const harmless = [
  'assert',
  'assert/strict',
  'buffer',
  'crypto',
  'events',
  'path',
  'path/posix',
  'querystring',
  'string_decoder',
  'url',
  'util',
  'util/types',
]
const effectful = builtinModules
  .map((name) => name.replace(/^node:/, ''))
  .filter((name) => !name.startsWith('_') && !harmless.includes(name))
const effectfulPattern = `^(node:)?(${effectful.map((name) => name.replaceAll('/', '\\/')).join('|')})$`

const where = 'only adapters/, the composition roots and src/cli may'
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']

/** Rules for code that must give the same answer for the same input: no clock, no chance, no process, no I/O but through a port. */
export const purity = {
  'no-restricted-globals': [
    'error',
    {
      globals: [
        ...timers.map((name) => ({ name, message: `${where} set timers: use the Clock port.` })),
        { name: 'performance', message: `${where} read clocks: use the Clock port.` },
        { name: 'process', message: `${where} see the process: take what you need as a parameter.` },
        ...['fetch', 'WebSocket', 'EventSource'].map((name) => ({ name, message: `${where} use the network: use a port.` })),
        { name: 'globalThis', message: `${where} reach for globals.` },
        { name: 'console', message: 'The library prints nothing.' },
      ],
    },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: `${where} read clocks: use the Clock port.` },
    { object: 'Math', property: 'random', message: `${where} throw dice: use the Random port.` },
    { object: 'AbortSignal', property: 'timeout', message: `${where} set timers: use the Clock port.` },
    ...['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues'].map((property) => ({
      property,
      message: `${where} throw dice: use the Random port.`,
    })),
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: `${where} read clocks: use the Clock port.` },
    { selector: "CallExpression[callee.name='Date']", message: `${where} read clocks: use the Clock port.` },
    { selector: `ImportExpression[source.value=/${effectfulPattern}/]`, message: `${where} import this: use a port.` },
  ],
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      paths: ['node:crypto', 'crypto'].map((name) => ({
        name,
        importNames: ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'webcrypto', 'getRandomValues'],
        message: `${where} throw dice: use the Random port.`,
      })),
      // A type is erased: it may name what the code may not call.
      patterns: [{ regex: effectfulPattern, allowTypeImports: true, message: `${where} import this: use a port.` }],
    },
  ],
} as const
