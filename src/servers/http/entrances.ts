import type { IncomingMessage, RequestListener } from 'node:http'
import type { Authenticator } from '../../identity/authenticator.ts'
import { owner } from '../../identity/principal.ts'
import { credentialsOf } from './credentials.ts'
import type { Identify } from './options.ts'

/** The ways into the routes. */
export interface Entrances {
  /** Who came in, and by which way. */
  readonly identify: Identify
  /** The way of the data directory's own socket: who can open that file is its owner. A request is the owner's because it came this way, never because
   * of anything that is in it or missing from it. */
  forOwner(handler: RequestListener): RequestListener
}

/** Whoever does not come by the owner's way is judged by the authenticator. */
export const createEntrances = (authenticator: Authenticator): Entrances => {
  const owners = new WeakSet<IncomingMessage>()
  return {
    identify: (request) => (owners.has(request) ? owner : authenticator.authenticate(credentialsOf(request))),
    forOwner: (handler) => (request, response) => {
      owners.add(request)
      handler(request, response)
    },
  }
}
