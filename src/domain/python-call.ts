import * as z from 'zod'

const identifier = /^[\p{XID_Start}_][\p{XID_Continue}]*$/u
const isDotted = (text: string): boolean => text.split('.').every((part) => identifier.test(part))
const dotted = (example: string) => z.string().max(512).refine(isDotted, `must be names joined by dots, such as ${example}`)

const isInside = (path: string): boolean => {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return !path.startsWith('/') && !path.endsWith('/') && !path.includes('\0') && parts.length > 0 && !parts.includes('..')
}

const fields = z.strictObject({
  /** As `import` names it. */
  module: dotted('"package.module"').optional(),
  /** Relative to the work directory. */
  script: z.string().max(4_096).refine(isInside, 'must be a file inside the work directory: a relative path without ".."').optional(),
  /** In the module or script; dots lead into classes. A script without one is run as a whole. */
  function: dotted('"main"').optional(),
  /** Keyword arguments. */
  args: z.record(z.string(), z.unknown()).default({}),
})

/** Where tasks see the directory of the package `env_runner`. */
export const pythonMountPath = '/opt/env-runner/python'

export const pythonFields = Object.keys(fields.shape)

/** `execution.python`: a module's function (`main` unless named), a script's function, or a script as a whole. */
export const pythonSchema = fields
  .refine(({ module, script }) => (module === undefined) !== (script === undefined), 'must name either a module or a script')
  .refine((call) => call.script === undefined || call.function !== undefined || Object.keys(call.args).length === 0, {
    path: ['args'],
    message: 'must be left out for a script that is run as a whole: name a function to be called with them',
  })
  .transform((call) => (call.module === undefined ? call : { ...call, function: call.function ?? 'main' }))

export type PythonCall = z.output<typeof pythonSchema>
