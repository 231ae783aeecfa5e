import { RunnerError } from './errors.ts'

/** Which image, in the terms of the distribution reference grammar: `registry/repository`, and a tag or a digest. */
export interface ImageReference {
  /** Host, with its port where one is given; `docker.io` where none is named. */
  readonly registry: string
  /** Path within the registry; on docker.io a name of one component stands below `library/`. */
  readonly repository: string
  /** `latest` where neither tag nor digest is given; null beside a digest, which alone decides. */
  readonly tag: string | null
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | null
  /** The one spelling that all spellings of this reference share: `docker.io/library/python:3.12`, `host:5000/repo@sha256:…`. */
  readonly normalised: string
}

/** Longest text, and longest name of registry and repository together (the reference grammar's own bound). */
const [textUnitsMax, nameUnitsMax] = [512, 255]

const hostGrammar =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/
const componentGrammar = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/
const tagGrammar = /^\w[\w.-]{0,127}$/
const digestGrammar = /^sha256:[0-9a-f]{64}$/
/** The engine takes such a name for the id of an image that it has, whatever that is called. */
const idGrammar = /^[0-9a-f]{64}$/

/** Reads what a task or the configuration calls an image, as `docker pull` does.
 * @throws RunnerError `INVALID_SPEC` */
export const parseImageReference = (text: string): ImageReference => {
  if (text === '') throw malformed('an image has a name', 'Name one, such as python:3.12')
  if (text.length > textUnitsMax) throw malformed(`the name of an image has at most ${textUnitsMax} characters`, 'Shorten it')
  const { name, tag, digest } = split(text)
  const { registry, repository } = locate(name)
  if (digest !== null && !digestGrammar.test(digest))
    throw malformed(`${quote(digest)} is not a digest`, 'Write NAME@sha256: and 64 hexadecimal digits in lower case')
  if (tag !== null && !tagGrammar.test(tag))
    throw malformed(`${quote(tag)} is not a tag`, 'Use at most 128 of A-Z a-z 0-9 _ . -, beginning with a letter, a digit or _')
  if (!hostGrammar.test(registry)) throw malformed(`${quote(registry)} is not a registry`, 'Write HOST or HOST:PORT, without http://')
  const wrong = repository.split('/').find((component) => !componentGrammar.test(component))
  if (wrong !== undefined)
    throw malformed(
      wrong === '' ? `${quote(text)} has an empty part` : `${quote(wrong)} cannot be part of an image's name`,
      /[A-Z]/.test(wrong) ? 'Write it in lower case' : 'Use parts of a-z and 0-9, joined by ., _, __ or -, with / between them',
    )
  if (idGrammar.test(name)) throw malformed('an image is named, not given by its id', 'Write NAME@sha256:… to name one exactly')
  if (`${registry}/${repository}`.length > nameUnitsMax)
    throw malformed(`registry and repository have at most ${nameUnitsMax} characters together`, 'Shorten the name')
  const place = `${registry}/${repository}`
  if (digest !== null) return { registry, repository, tag: null, digest, normalised: `${place}@${digest}` }
  return { registry, repository, tag: tag ?? 'latest', digest, normalised: `${place}:${tag ?? 'latest'}` }
}

/** Whether one of the patterns allows the image. `*` stands for anything but `/`, `**` for anything. A pattern without a registry means docker.io (and `library/`
 * for a name of one component), `**` alone every image. Without tag or digest it allows all of them; a tag allows no digest, since
 * nobody knows what a digest is called; `NAME@sha256:…` allows that digest alone. */
export const isImageAllowed = (reference: ImageReference, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => allows(pattern, reference))

const allows = (pattern: string, reference: ImageReference): boolean => {
  const { name, tag, digest } = split(pattern)
  if (digest !== null && (reference.digest === null || !matches(digest, reference.digest))) return false
  if (digest === null && tag !== null && (reference.tag === null || !matches(tag, reference.tag))) return false
  if (name === '**') return true
  const { registry, repository } = locate(name)
  return matches(`${registry}/${repository}`, `${reference.registry}/${reference.repository}`)
}

/** The text's three parts, unchecked. A colon before the last `/` belongs to a port. */
const split = (text: string): { readonly name: string; readonly tag: string | null; readonly digest: string | null } => {
  const at = text.indexOf('@')
  const [tagged, digest] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
  const colon = tagged.lastIndexOf(':')
  if (colon <= tagged.lastIndexOf('/')) return { name: tagged, tag: null, digest }
  return { name: tagged.slice(0, colon), tag: tagged.slice(colon + 1), digest }
}

/** Registry and repository of a name. Its first part is a registry when it looks like a host: it has a dot or a port, or is `localhost`. */
const locate = (name: string): { readonly registry: string; readonly repository: string } => {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isHost = /[.:]/.test(first) || first === 'localhost'
  const registry = !isHost || first === 'index.docker.io' ? 'docker.io' : first
  const path = isHost ? name.slice(slash + 1) : name
  return { registry, repository: registry === 'docker.io' && !path.includes('/') && path !== '**' ? `library/${path}` : path }
}

/** Glob match in time |pattern| × |text|, whatever the pattern: `reached` holds the lengths of `text` that the pattern so far can stand for. */
const matches = (pattern: string, text: string): boolean => {
  let reached: boolean[] = Array.from({ length: text.length + 1 }, (_, length) => length === 0)
  for (const part of pattern.match(/\*\*|[^]/gu) ?? []) {
    const next: boolean[] = []
    for (let length = 0; length <= text.length; length++) {
      const last = text[length - 1]
      if (part === '**') next.push(reached[length]! || next[length - 1] === true)
      else if (part === '*') next.push(reached[length]! || (next[length - 1] === true && last !== '/'))
      else next.push(length > 0 && reached[length - 1]! && last === part)
    }
    if (!next.includes(true)) return false
    reached = next
  }
  return reached[text.length]!
}

const malformed = (message: string, hint: string): RunnerError =>
  new RunnerError('INVALID_SPEC', message, { path: 'payload.execution.image', hint })

const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
