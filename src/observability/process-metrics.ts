import { collectDefaultMetrics, Registry } from 'prom-client'

let registry: Registry | null = null

/** Numbers of the process itself under the names that every Node.js dashboard knows: `process_*`, `nodejs_*`, the event loop's lag among them.
 * One registry for all runners of the process, made when it is first asked for: the library gives no way to end what it observes,
 * so that one for each runner would outlive it. The event loop's lag counts from the first question on. */
export const processMetrics = (): Registry => {
  if (registry === null) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  return registry
}
