import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { RunnerError } from '../../domain/errors.ts'
import type { Json } from '../../domain/json.ts'
import type { OutputFile } from '../../domain/result.ts'
import type { OutputSpec } from '../../domain/task-spec.ts'
import { assertSafeDocument } from '../../domain/untrusted.ts'
import type { ArtifactStore } from '../../ports/artifact-store.ts'

/** What of outputs goes into an answer, in bytes: of one, and of all together. Larger ones are for those who fetch them. */
const [fileBytesMax, allBytesMax] = [65_536, 262_144]
const depthMax = 64

/** The JSON documents among a task's outputs, by the name of the file that the task wrote; the output's own name where two files have the same.
 * Left out: what is not JSON, is too large, or is no longer what the task left there. */
export const summarizeOutputs = async (
  outputs: readonly OutputFile[],
  asked: readonly OutputSpec[],
  artifacts: Pick<ArtifactStore, 'read'>,
  signal: AbortSignal,
): Promise<Record<string, Json>> => {
  const summary = new Map<string, Json>()
  let bytesLeft = allBytesMax
  for (const output of outputs) {
    const file = fileName(output, asked)
    const isJson = output.type === 'json' || file.toLowerCase().endsWith('.json')
    if (!isJson || output.sizeBytes > Math.min(fileBytesMax, bytesLeft)) continue
    const document = await readJson(output, artifacts, signal)
    if (document === undefined) continue
    bytesLeft -= output.sizeBytes
    summary.set(summary.has(file) ? output.name : file, document)
  }
  return Object.fromEntries(summary)
}

/** An output that was asked for by a pattern is `name/path`, with the file's path below what the pattern fixes; any other has the name alone. */
const fileName = ({ name }: OutputFile, asked: readonly OutputSpec[]): string => {
  const [own, ...below] = name.split('/')
  return below.length > 0 ? below.join('/') : basename(asked.find((output) => output.name === own)?.path ?? name)
}

/** Undefined for what is not to be told. The checksum is compared, because a destination may be a place where others write. */
const readJson = async (
  { path, sizeBytes, checksum }: OutputFile,
  artifacts: Pick<ArtifactStore, 'read'>,
  signal: AbortSignal,
): Promise<Json | undefined> => {
  try {
    const bytes = await artifacts.read(
      path,
      (facts, chunks) => (facts.sizeBytes === sizeBytes ? joined(chunks) : Promise.resolve(null)),
      signal,
    )
    if (bytes === null || `sha256:${createHash('sha256').update(bytes).digest('hex')}` !== checksum) return undefined
    const document: unknown = JSON.parse(bytes.toString())
    assertSafeDocument(document, { unitsMax: fileBytesMax * 8, depthMax })
    return document
  } catch (cause) {
    if (cause instanceof RunnerError || cause instanceof SyntaxError) return undefined
    throw cause
  }
}

const joined = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
