import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RunnerError } from '../../domain/errors.ts'
import { unauthenticated } from '../../identity/authenticator.ts'
import { owner, type Principal } from '../../identity/principal.ts'
import { createRecheck } from '../../identity/recheck.ts'
import { restrictTo } from '../../identity/restrict.ts'
import type { Runner } from '../../runner/api.ts'
import { isFromLoopback } from './credentials.ts'
import type { HttpServerOptions, Identify } from './options.ts'

/** Who may call a route.
 * - `known`    whoever the authenticator knows; the default, so that a route that says nothing is closed
 * - `anyone`   probes: a caller that shows nothing, or something wrong, is nobody, and the route tells him no more than that
 * - `scraper`  whoever calls from this host, and principals of every tenant: what it tells is about everybody's tasks */
export type Access = 'known' | 'anyone' | 'scraper'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; null where nobody needs to say. */
    principal: Principal | null
    /** @internal Use `runnerOf`. */
    narrowed: Runner | null
  }
  interface FastifyContextConfig {
    access?: Access
  }
}

/** The runner as the caller may see it. Routes use this one alone, never the whole runner.
 * @throws RunnerError `UNAUTHENTICATED` when nobody said who calls, which only happens below routes that are open to anyone */
export const runnerOf = (request: FastifyRequest): Runner => {
  if (request.narrowed === null) throw unauthenticated()
  return request.narrowed
}

/** Gives every request its principal before anything of it is read, and ends answers whose caller is no longer known. */
export const registerIdentity = (
  app: FastifyInstance,
  { runner, clock, identify }: Pick<HttpServerOptions, 'runner' | 'clock' | 'identify'>,
): void => {
  const recheck = createRecheck(clock)
  const narrowed = new WeakMap<Principal, Runner>()
  const narrow = (principal: Principal): Runner => {
    const known = narrowed.get(principal) ?? restrictTo(principal, runner)
    narrowed.set(principal, known)
    return known
  }

  app.decorateRequest('principal', null)
  app.decorateRequest('narrowed', null)
  app.addHook('onRequest', async (request, reply) => {
    assertNoTokenInUrl(request.query)
    const { access = 'known' } = request.routeOptions.config
    const principal = admit(access, request.raw, identify)
    if (principal === null) return
    request.principal = principal
    request.narrowed = narrow(principal)
    if (principal === owner) return
    const forget = recheck.watch(
      () => isSame(principal, admit(access, request.raw, identify)),
      () => reply.raw.destroy(),
    )
    reply.raw.once('close', forget)
  })
}

const admit = (access: Access, request: IncomingMessage, identify: Identify): Principal | null => {
  switch (access) {
    case 'known':
      return identify(request)
    case 'scraper':
      return isFromLoopback(request) ? null : ofEveryTenant(identify(request))
    case 'anyone':
      try {
        return identify(request)
      } catch {
        return null
      }
  }
}

/** Whether the caller is who he was, with the same rights. */
const isSame = (before: Principal, now: Principal | null): boolean =>
  now !== null && now.name === before.name && now.tenant === before.tenant && now.role === before.role

const ofEveryTenant = (principal: Principal): Principal => {
  if (principal.tenant === null) return principal
  throw new RunnerError('PERMISSION_DENIED', `${principal.name} belongs to one tenant, and this tells of all`, {
    hint: 'Use a token of the tenant "*"',
  })
}

/** Names under which clients put tokens into URLs, where proxies, histories and logs of others keep them. */
const tokenNames = new Set(['token', 'access_token', 'auth_token', 'api_key', 'apikey', 'authorization', 'bearer'])

const assertNoTokenInUrl = (query: unknown): void => {
  const name = Object.keys(query as object).find((key) => tokenNames.has(key.toLowerCase()))
  if (name === undefined) return
  throw new RunnerError('UNAUTHENTICATED', 'a token in a URL is not accepted', {
    path: `query.${name}`,
    hint: 'Send Authorization: Bearer TOKEN; others may have logged this one, so revoke it',
  })
}
