import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RunnerError } from '../../src/domain/errors.ts'
import { attemptName, type AttemptKey } from '../../src/domain/exit.ts'
import type { OutputFile } from '../../src/domain/result.ts'
import type { OutputSpec } from '../../src/domain/task-spec.ts'
import type { ArtifactStore } from '../../src/ports/artifact-store.ts'
import { schemeOf } from './artifact-path.ts'
import { atField } from './at-field.ts'
import { diskError } from './disk-error.ts'
import { bytesOf } from './file-bytes.ts'
import { outputType } from './output-type.ts'
import { findOutputs, openOutput, type FoundOutput } from './find-outputs.ts'

/** Where outputs go. */
export interface OutputPlaces {
  /** The store that a destination names. */
  readonly storeOf: (uri: string) => ArtifactStore
  /** Of outputs without a destination. */
  readonly kept: ArtifactStore
  /** Absolute: the directory of one task there. */
  readonly keptDir: string
}

/** Stores the files that one output of a spec names, each whole or not at all.
 * @throws RunnerError `OUTPUT_MISSING`, `OUTPUT_REFUSED`, `NOT_SUPPORTED`, `ARTIFACT_STORE_UNAVAILABLE` */
export const storeOutput = async (
  key: AttemptKey,
  workDir: string,
  output: OutputSpec,
  places: OutputPlaces,
  signal: AbortSignal,
): Promise<readonly OutputFile[]> => {
  const stored: OutputFile[] = []
  for (const found of await findOutputs(workDir, output, signal)) {
    signal.throwIfAborted()
    const file = await storeFile(key, workDir, output, found, places, signal)
    if (file) stored.push(file)
  }
  if (stored.length > 0 || output.optional) return stored
  throw new RunnerError('OUTPUT_MISSING', `the task did not write ${output.path}`, {
    path: `artifacts.outputs.${output.name}`,
    hint: 'Write it relative to the directory the task starts in, or mark the output as optional',
  })
}

/** Null: there is no such file. */
const storeFile = async (
  key: AttemptKey,
  workDir: string,
  output: OutputSpec,
  found: FoundOutput,
  { storeOf, kept, keptDir }: OutputPlaces,
  signal: AbortSignal,
): Promise<OutputFile | null> => {
  const source = await openOutput(workDir, output.name, found)
  if (!source) return null
  const { path } = found
  const names = found.below ?? []
  const bytes = readable(path, output.name, bytesOf(source, signal), signal)
  try {
    const written =
      output.destination === undefined
        ? await kept.write(pathToFileURL(join(keptDir, output.name, ...names)).href, bytes, attemptName(key), signal)
        : await atField(
            `artifacts.outputs.${output.name}.destination`,
            storeOf(output.destination).write(uriBelow(output.destination, names), bytes, attemptName(key), signal),
          )
    return {
      name: [output.name, ...names].join('/'),
      path: written.path,
      type: output.type ?? outputType(basename(path)),
      sizeBytes: written.sizeBytes,
      checksum: written.checksum,
    }
  } finally {
    await source.close()
  }
}

/** The work directory's own trouble is not the store's. */
const readable = async function* (
  path: string,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (cause) {
    signal.throwIfAborted()
    throw diskError('WORK_DIR_UNUSABLE', `reading the output ${name} from`, path, cause)
  }
}

/** A URI of something below what a URI or path names as a directory. */
const uriBelow = (uri: string, names: readonly string[]): string => {
  if (names.length === 0) return uri
  const encoded = schemeOf(uri) === null ? names : names.map(encodeURIComponent)
  return `${uri.replace(/\/+$/, '')}/${encoded.join('/')}`
}
