import { Counter, Gauge, type Registry } from 'prom-client'
import type { AuditReport } from '../runner/api.ts'

/** What the audit of a running runner has found. */
export interface AuditMetrics {
  readonly gauges: readonly Gauge[]
  set(report: AuditReport): void
}

export const createAuditMetrics = (registry: Registry): AuditMetrics => {
  const registers = [registry]
  const runs = new Counter({ name: 'env_runner_audit_runs_total', help: 'Looks that the audit has taken.', registers })
  const seconds = new Gauge({ name: 'env_runner_audit_seconds', help: 'How long the last look took.', registers })
  const failed = new Gauge({ name: 'env_runner_audit_failed', help: '1 when the last look could not be taken, else 0.', registers })
  const armed = new Gauge({
    name: 'env_runner_audit_armed_invariants',
    help: 'Invariants that are watched while the runner works.',
    registers,
  })
  const labelNames = ['invariant']
  const violated = new Gauge({
    name: 'env_runner_audit_violated',
    help: 'Violations that the last two looks agree on, by armed invariant.',
    labelNames,
    registers,
  })
  const violations = new Counter({
    name: 'env_runner_audit_violations_total',
    help: 'Violations that were found, by armed invariant; one that stays counts once.',
    labelNames,
    registers,
  })
  return {
    gauges: [seconds, failed, armed, violated] as Gauge[],
    set({ looks, tookMs, failure, invariants }) {
      runs.reset()
      runs.inc(looks)
      seconds.set(tookMs / 1_000)
      failed.set(failure === null ? 0 : 1)
      const watched = invariants.filter((line) => line.armed)
      armed.set(watched.length)
      violations.reset()
      for (const { name: invariant, violations: now, seen } of watched) {
        violated.set({ invariant }, now.length)
        violations.inc({ invariant }, seen)
      }
    },
  }
}
