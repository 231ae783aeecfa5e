import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { purity } from './scripts/eslint/purity.ts'
import { rxjsBounded } from './scripts/eslint/rxjs-bounded.ts'
import { rxjsScheduler } from './scripts/eslint/rxjs-scheduler.ts'

const tests = ['**/*.test.ts', 'test/**']
/** Where effects live, and what is free by design. */
const impure = ['adapters/**', 'src/index.ts', 'src/daemon.ts', 'src/cli/**', 'bench/**', 'examples/**', 'scripts/**', '*.ts', ...tests]

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.work*/', 'diagrams/', 'test/package/', 'src/servers/grpc/generated/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'env-runner': { rules: { 'rxjs-scheduler': rxjsScheduler, 'rxjs-bounded': rxjsBounded } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-imports': 'off',
      'env-runner/rxjs-scheduler': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Numbers and booleans read well in a message; what prints as [object Object] does not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Code points are what is meant where a string is spread.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // `return void stop()` says that an answer is not wanted.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // What has methods here is a closure: none of them reads `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A port's method is asynchronous for its caller, also where one adapter has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // noUncheckedIndexedAccess makes `!` the word for "this index is in range".
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Both take what inference and other callbacks need for superfluous: XState's `types: {} as …`, a `let` that changes during an await.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  { files: ['machines/**', 'src/**'], ignores: impure, rules: purity },
  { files: ['src/streams/**'], rules: { 'env-runner/rxjs-bounded': 'error' } },
  {
    files: tests,
    rules: {
      // vitest's expect(fn).rejects and matchers are typed `any` in places, and a test may say what it knows.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
)
