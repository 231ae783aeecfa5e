import { RunnerError } from '../domain/errors.ts'

/** What a principal may do; each may do what those before it may: `read` sees tasks, logs and events, `submit` also submits and cancels, `admin` also pauses and drains
 * the runner, when it is of every tenant. */
export const roles = ['read', 'submit', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who calls. Goes with every question that a server asks of the runner. */
export interface Principal {
  /** For logs: the name of a token or certificate, never a secret. */
  readonly name: string
  /** Whose tasks it sees; null: everybody's. */
  readonly tenant: string | null
  readonly role: Role
}

/** Whoever holds the process: the library, the data directory's own socket, and loopback where configuration allows it. */
export const owner: Principal = { name: 'owner', tenant: null, role: 'admin' }

/** @throws RunnerError `PERMISSION_DENIED` */
export const assertMay = ({ name, role }: Principal, needed: Role): void => {
  if (roles.indexOf(role) < roles.indexOf(needed))
    throw new RunnerError('PERMISSION_DENIED', `${name} has the role ${role}, this wants ${needed}`, {
      hint: `Use a token of the role ${needed}`,
    })
}

/** Pausing and draining concern everybody's tasks. @throws RunnerError `PERMISSION_DENIED` */
export const assertMayOperate = (principal: Principal): void => {
  assertMay(principal, 'admin')
  if (principal.tenant !== null)
    throw new RunnerError('PERMISSION_DENIED', `${principal.name} belongs to one tenant, and this concerns the tasks of all`, {
      hint: 'Use a token of the role admin and of the tenant "*"',
    })
}
