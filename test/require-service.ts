/** Whether a test may use a service. Missing on a person's machine: false, and one line on stderr that names it and how to get it.
 * Missing where every service is required (`ENV_RUNNER_REQUIRE_SERVICES=1`, as in CI): throws, so that nothing is skipped unseen. */
export const requireService = (name: string, available: boolean, how: string): boolean => {
  if (available) return true
  const missing = `${name} is missing: ${how}`
  if (process.env['ENV_RUNNER_REQUIRE_SERVICES'] === '1') throw new Error(missing)
  process.stderr.write(`skipped: ${missing}\n`)
  return false
}
