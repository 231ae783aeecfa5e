// Who may import whom: arrows point down, and only the composition roots know adapters. ARCHITECTURE.md draws it.

/** @type {Record<string, { what: string, may: string[] }>} A layer may import itself and what is listed: our folders, and packages by name. */
const layers = {
  '^machines/': { what: 'pure statecharts', may: ['^src/domain/', 'xstate'] },
  '^src/domain/': { what: 'words of the field', may: ['zod'] },
  '^src/ports/': { what: 'interfaces to the outside', may: ['^src/domain/'] },
  '^src/streams/': { what: 'log pipelines', may: ['^src/(domain|ports)/', 'rxjs', 'zod', 'core'] },
  '^src/runner/': { what: 'the engine', may: ['^machines/', '^src/(domain|ports|streams)/', 'xstate', 'rxjs', 'zod', 'core'] },
  '^src/config/': {
    what: 'settings from values',
    may: ['^src/(domain|ports)/', '^src/runner/(api|settings)\\.ts$', 'zod', 'smol-toml', 'core'],
  },
  '^src/observability/': {
    what: 'logs and metrics',
    may: ['^src/(domain|ports|config)/', '^src/runner/(api|settings)\\.ts$', 'pino', 'prom-client', 'core'],
  },
  '^src/identity/': { what: 'who may see and do what', may: ['^src/(domain|ports)/', '^src/runner/api\\.ts$', 'zod', 'smol-toml', 'core'] },
  '^src/servers/': {
    what: 'intake by network',
    may: [
      '^src/(domain|ports|streams|runner|config|observability|identity)/',
      'fastify',
      '@grpc/grpc-js',
      '@grpc/proto-loader',
      '@grpc/reflection',
      'grpc-health-check',
      'zod',
      'core',
    ],
  },
  '^src/testing/': {
    what: 'the engine on a simulated world',
    may: ['^machines/', '^src/(domain|ports|streams|runner|config|observability)/', '^adapters/simulated/', 'xstate', 'rxjs', 'core'],
  },
  '^src/cli/': {
    what: 'one file per command',
    may: ['^machines/', '^src/', '^adapters/(sqlite|filesystem|native|docker|system)/', 'commander', 'pino', 'smol-toml', 'zod', 'core'],
  },
}

const packageOrFolder = (may) => (may.startsWith('^') ? may : may === 'core' ? null : `(^|/)node_modules/${may}/`)

const layerRules = Object.entries(layers).map(([layer, { what, may }]) => ({
  name: `layer-${layer.replace(/\W/g, '-').replace(/^-+|-+$/g, '')}`,
  severity: 'error',
  comment: `${layer.slice(1)} (${what}) may import itself and: ${may.join(', ')}`,
  from: { path: layer, pathNot: '\\.test\\.ts$' },
  to: {
    pathNot: [layer, ...may.map(packageOrFolder).filter(Boolean)],
    ...(may.includes('core') ? { dependencyTypesNot: ['core'] } : {}),
  },
}))

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'adapters-know-ports-alone',
      severity: 'error',
      comment: 'An adapter implements a port; it knows no engine, no machine, no server.',
      from: { path: '^adapters/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(machines|src)/', pathNot: '^src/(domain|ports)/' },
    },
    {
      name: 'adapters-stand-alone',
      severity: 'error',
      comment:
        'What two adapters share: what is in system/ (clock, pauses), the layout of the data directory, and how a small file is replaced.',
      from: { path: '^adapters/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^adapters/', pathNot: ['^adapters/$1/', '^adapters/system/', '^adapters/filesystem/(layout|replace-file)\\.ts$'] },
    },
    {
      name: 'only-roots-know-adapters',
      severity: 'error',
      comment: 'src/index.ts, src/daemon.ts and src/testing compose; everything else takes ports as parameters.',
      from: { path: '^(machines|src)/', pathNot: ['^src/(index|daemon|testing)\\.ts$', '^src/(cli|testing)/', '\\.test\\.ts$'] },
      to: { path: '^adapters/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that import each other are one file, or have a third subject in common.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'product-without-tests',
      severity: 'error',
      comment: 'What is published imports no test, bench, script or example.',
      from: { path: '^(machines|src|adapters)/', pathNot: ['\\.test\\.ts$'] },
      to: { path: ['^(test|bench|scripts|examples)/', '\\.test\\.ts$'] },
    },
    {
      name: 'product-without-dev-dependencies',
      severity: 'error',
      comment: 'A package that is imported at run time stands in dependencies.',
      from: { path: '^(machines|src|adapters)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '(^|/)node_modules/@types/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'Every import leads somewhere.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
}
