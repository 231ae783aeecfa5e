/** What a store says about an artifact without reading it. */
export interface ArtifactFacts {
  readonly sizeBytes: number
  /** Differs whenever the content may differ: two equal versions of one URI are the same bytes. A store that cannot tell gives a new one each time. */
  readonly version: string
  /** `sha256:` and 64 hexadecimal digits where the store itself vouches for it; null where it keeps none. */
  readonly checksum: string | null
  /** The artifact is marked as a program; false where a store knows no such mark. */
  readonly isExecutable: boolean
}

export interface StoredArtifact {
  /** Under which URI it can be read from now on. */
  readonly path: string
  readonly sizeBytes: number
  /** `sha256:` and 64 hexadecimal digits of the bytes that were stored. */
  readonly checksum: string
}

/** Where inputs come from and outputs go, by URI. Every method rejects with `RunnerError` alone, but for the signal's reason soon after it aborts.
 * The errors name no field of a task: the caller knows which it was.
 * Adapter: `adapters/filesystem`; conformance: `test/conformance/artifact-store.ts`. */
export interface ArtifactStore {
  /** URI schemes in lower case without the colon, such as `s3`. */
  readonly schemes: readonly string[]
  /** @throws RunnerError `INPUT_UNAVAILABLE` (there is none, or it cannot be read), `POLICY_PATH` (not allowed; in the same words whether there is one or not),
   * `NOT_SUPPORTED` (no URI of this store), `ARTIFACT_STORE_UNAVAILABLE` (the store does not answer; may be tried again) */
  stat(uri: string, signal: AbortSignal): Promise<ArtifactFacts>
  /** Hands one version of an artifact to `use`: the facts are of the bytes that follow. The bytes end in an error rather than mix two versions.
   * What is held for reading is given back when `use` settles, read to the end or not.
   * @throws RunnerError as `stat`; what `use` throws passes */
  read<T>(uri: string, use: (facts: ArtifactFacts, bytes: AsyncIterable<Uint8Array>) => Promise<T>, signal: AbortSignal): Promise<T>
  /** Stores all of `bytes`, durably and at once, over what is there: a reader sees the old artifact or the new one, and after a failure the old one.
   * @param writer distinguishes writers that store at one place at a time; one that begins again clears what it left behind
   * @throws RunnerError `OUTPUT_REFUSED` (this URI may not be written), `NOT_SUPPORTED`, `ARTIFACT_STORE_UNAVAILABLE`; a `RunnerError` that `bytes` throws passes */
  write(uri: string, bytes: AsyncIterable<Uint8Array>, writer: string, signal: AbortSignal): Promise<StoredArtifact>
}
