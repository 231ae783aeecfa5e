import type { AuditReport } from './auditor.ts'

/** An audit for the wire and for `--json`. */
export interface AuditDocument {
  /** Nothing contradicts any armed invariant, and everything could be looked at. */
  readonly ok: boolean
  /** RFC 3339; null when nothing was looked at yet. */
  readonly at: string | null
  readonly took_ms: number
  /** Why it could not look; null when it could. */
  readonly failure: string | null
  readonly invariants: readonly {
    readonly name: string
    readonly says: string
    readonly armed: boolean
    /** Null: nobody watches it here. */
    readonly holds: boolean | null
    readonly violations: readonly string[]
  }[]
}

export const auditDocument = ({ at, tookMs, failure, invariants }: Omit<AuditReport, 'looks'>): AuditDocument => ({
  ok: failure === null && invariants.every(({ violations }) => violations.length === 0),
  at: at === 0 ? null : new Date(at).toISOString(),
  took_ms: tookMs,
  failure,
  invariants: invariants.map(({ name, says, armed, violations }) => ({
    name,
    says,
    armed,
    holds: armed ? violations.length === 0 : null,
    violations,
  })),
})
