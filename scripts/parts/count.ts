/** What a part of a run showed. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

export const sum = (counts: readonly Count[]): Count => ({
  passed: counts.reduce((total, { passed }) => total + passed, 0),
  failed: counts.reduce((total, { failed }) => total + failed, 0),
})

/** The last line of every run, for people and for programs. */
export const summaryLine = ({ passed, failed }: Count): string => `${passed} passed, ${failed} failed`

/** A run that showed nothing has shown no success. */
export const isSuccess = ({ passed, failed }: Count): boolean => failed === 0 && passed > 0

/** Prints the summary as the last line and sets the exit code that belongs to it. */
export const conclude = (count: Count): void => {
  process.stdout.write(`${summaryLine(count)}\n`)
  process.exitCode = isSuccess(count) ? 0 : 1
}
