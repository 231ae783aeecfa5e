import { RunnerError } from '../../src/domain/errors.ts'
import type { DockerPlan } from '../../src/domain/plan.ts'
import type { LaunchRequest } from '../../src/ports/executor.ts'
import { blankMark, type AttemptMarks } from './attempt-mark.ts'
import { containerSpec, type ContainerSettings } from './container-spec.ts'
import { wasNeverStarted, type Containers } from './containers.ts'
import { EngineRefusal, wordsOf, type Engine } from './engine.ts'
import type { LogCopies } from './log-copies.ts'
import { assertWanted } from '../system/pause.ts'

export interface LauncherOptions {
  readonly engine: Engine
  readonly installation: string
  readonly ownerOf: (tenant: string) => { readonly uid: number; readonly gid: number } | null
  readonly settings: ContainerSettings
  readonly marks: AttemptMarks
  readonly containers: Containers
  readonly logs: LogCopies
}

/** Images whose variables are remembered: they are named by their content. */
const imagesMax = 100

/** Find or create, under a mark that is there before. What the engine was asked when `signal` aborts is waited for. */
export const createLauncher = ({ engine, installation, ownerOf, settings, marks, containers, logs }: LauncherOptions) => {
  const variables = new Map<string, readonly string[]>()

  const imageVariables = async (id: string, signal: AbortSignal): Promise<readonly string[]> => {
    const known = variables.get(id)
    if (known) return known
    const image = await engine.insist(signal, (docker) => docker.getImage(id).inspect())
    if (variables.size >= imagesMax) variables.clear()
    variables.set(id, image.Config.Env ?? [])
    return image.Config.Env ?? []
  }

  const create = async (request: LaunchRequest<DockerPlan>, signal: AbortSignal) => {
    const { key, plan, image } = request
    if (image === null) throw new RunnerError('INTERNAL', 'a container was to be launched without its image')
    const imageEnv = await imageVariables(image.id, signal)
    return containers.create(key, containerSpec(request, image.id, imageEnv, installation, ownerOf(plan.tenant), settings), signal)
  }

  /** A refusal leaves nothing behind, so that the mark may go too; an engine that is away may have made the container. */
  const createOrUnmark = async (request: LaunchRequest<DockerPlan>, name: string, signal: AbortSignal) => {
    try {
      return await create(request, signal)
    } catch (cause) {
      const error =
        cause instanceof EngineRefusal ? new RunnerError('LAUNCH_FAILED', `the image cannot be used: ${cause.message}`, { cause }) : cause
      if (error instanceof RunnerError && !['ENGINE_UNAVAILABLE', 'CANCELLED'].includes(error.code)) marks.remove(name)
      throw error
    }
  }

  const launch = async (request: LaunchRequest<DockerPlan>, name: string, signal: AbortSignal): Promise<{ attached: boolean }> => {
    const fresh = marks.create(name, { ...blankMark, logs: request.logs })
    const known = fresh ? null : (marks.read(name)?.container ?? null)
    if (!fresh) marks.update(name, { logs: request.logs })
    const marked = known !== null ? await containers.inspect(known, signal) : fresh ? null : await containers.find(request.key, signal)
    if (known !== null && marked === null) return { attached: true } // somebody removed it: `wait` says so
    const { id, found } = marked ? { id: marked.Id, found: marked } : await createOrUnmark(request, name, signal)
    if (known === null) marks.update(name, { container: id, image: found?.Image ?? request.image?.id ?? null })
    const attached = found !== null && !wasNeverStarted(found)
    if (!attached) await start(id, signal)
    logs.begin(name, id, request.logs)
    return { attached }
  }

  const start = async (id: string, signal: AbortSignal): Promise<void> => {
    assertWanted(signal, 'the launch')
    try {
      await containers.start(id, signal)
    } catch (cause) {
      // It is on the container's record, too: `wait` says it.
      if (!(cause instanceof RunnerError && cause.code === 'COMMAND_NOT_FOUND')) throw cause
    }
  }

  return async (request: LaunchRequest<DockerPlan>, name: string, signal: AbortSignal): Promise<{ attached: boolean }> => {
    try {
      return await launch(request, name, signal)
    } catch (cause) {
      throw isSystemError(cause) ? onThisHost(cause) : cause
    }
  }
}

const isSystemError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && typeof (cause as NodeJS.ErrnoException).syscall === 'string'

const onThisHost = (cause: NodeJS.ErrnoException): RunnerError =>
  new RunnerError('LAUNCH_FAILED', `the attempt could not be marked: ${wordsOf(cause)}`, {
    cause,
    ...(cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? { hint: 'Free some space on the file system of the data directory' } : {}),
  })
