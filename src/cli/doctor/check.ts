/** One thing that was examined. */
export interface Check {
  readonly name: string
  /** `warn`: works, with less than it could; `fail`: does not work. */
  readonly status: 'ok' | 'warn' | 'fail'
  /** A sentence without its full stop. */
  readonly message: string
  /** What to do. */
  readonly hint?: string | undefined
}
