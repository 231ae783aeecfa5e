import { realpath } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunnerError, type ErrorCode } from '../../src/domain/errors.ts'
import { errnoOf } from './disk-error.ts'
import { partsBelow } from './below.ts'

/** The scheme of a URI in lower case; null for a path. */
export const schemeOf = (uri: string): string | null => /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase() ?? null

/** What a `file:` URI names on this host: an absolute path; a plain path stays as it is.
 * @param refusal code for a `file:` URI that names no local path
 * @throws RunnerError `NOT_SUPPORTED` for other URIs */
export const localPath = (uri: string, refusal: ErrorCode): string => {
  const scheme = schemeOf(uri)
  if (scheme === null) return uri
  if (scheme !== 'file')
    throw new RunnerError('NOT_SUPPORTED', `${scheme}: artifacts are not supported yet`, { hint: 'Use a file: URI or a path of this host' })
  try {
    return fileURLToPath(uri)
  } catch (cause) {
    throw new RunnerError(refusal, `${uri} names no file of this host`, { hint: 'Write file:///absolute/path', cause })
  }
}

/** A place below an allowed root: the root without links, and the parts of the way down. */
export interface AllowedPlace {
  readonly root: string
  readonly parts: readonly string[]
}

/** Where an existing file really is, if that is below one of the roots. Null: there is no such file. A path outside is refused in the same words
 * whether there is something or not: nobody learns what the host holds.
 * @throws RunnerError `refusal` */
export const findAllowed = async (path: string, roots: readonly string[], refusal: ErrorCode): Promise<AllowedPlace | null> => {
  try {
    const real = await realpath(path)
    for (const root of await realRoots(roots)) {
      const parts = partsBelow(root, real)
      if (parts) return { root, parts }
    }
  } catch (cause) {
    if (!lostErrnos.has(errnoOf(cause))) throw cause
    if (roots.some((root) => partsBelow(resolve(root), resolve(path)) !== null)) return null
  }
  throw outside(path, roots, refusal)
}

/** Where a file may be made: links below a root are not followed, so that the words of the path decide.
 * @throws RunnerError `refusal` */
export const placeAllowed = async (path: string, roots: readonly string[], refusal: ErrorCode): Promise<AllowedPlace> => {
  for (const root of isAbsolute(path) ? roots : []) {
    const parts = partsBelow(resolve(root), resolve(path))
    if (parts) return { root: await realpath(root), parts }
  }
  throw outside(path, roots, refusal)
}

const lostErrnos = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG'])

const realRoots = async (roots: readonly string[]): Promise<readonly string[]> =>
  (await Promise.all(roots.map((root) => realpath(root).catch(() => null)))).filter((root) => root !== null)

const outside = (path: string, roots: readonly string[], refusal: ErrorCode): RunnerError =>
  new RunnerError(refusal, `${path} is not below a directory that artifacts may use`, {
    hint: roots.length === 0 ? 'No directory is allowed: ask the operator' : `Use a path below ${roots.join(' or ')}`,
  })
