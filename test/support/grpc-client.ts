import {
  credentials,
  loadPackageDefinition,
  Metadata,
  status as grpcStatus,
  type ChannelCredentials,
  type ClientOptions,
  type ClientReadableStream,
  type requestCallback,
  type ServiceError,
} from '@grpc/grpc-js'
import { loadProtos } from '../../adapters/system/protos.ts'
import type { ProtoGrpcType as EnvRunnerProto } from '../../src/servers/grpc/generated/envrunner.ts'
import type { ProtoGrpcType as OrchestratorProto } from '../../src/servers/grpc/generated/orchestrator.ts'
import type { ProtoGrpcType as RunnerProto } from '../../src/servers/grpc/generated/runner.ts'

const protos = loadPackageDefinition(loadProtos()) as unknown as OrchestratorProto & RunnerProto & EnvRunnerProto

export interface GrpcClientOptions {
  readonly channel?: ChannelCredentials
  readonly token?: string
  /** Of each connection. */
  readonly options?: ClientOptions
}

/** Clients of every service of one address, over one connection each. `call` makes a unary method a promise. */
export const createGrpcClients = (address: string, { channel = credentials.createInsecure(), token, options }: GrpcClientOptions = {}) => {
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  const clients = {
    orchestrator: new protos.orchestrator.v1.OrchestratorService(address, channel, options),
    runner: new protos.runner.v1.EnvRunner(address, channel, options),
    tasks: new protos.envrunner.v1.TaskService(address, channel, options),
    arrays: new protos.envrunner.v1.ArrayService(address, channel, options),
    control: new protos.envrunner.v1.RunnerService(address, channel, options),
  }
  return {
    ...clients,
    metadata,
    call: <Request, Response>(method: UnaryMethod<Request, Response>, request: Request): Promise<Response> =>
      new Promise((resolve, reject) => {
        const withMetadata = method as unknown as (request: Request, metadata: Metadata, answered: requestCallback<Response>) => void
        withMetadata(request, metadata, (error, response) => (error ? reject(error) : resolve(response!)))
      }),
    close: () => Object.values(clients).forEach((client) => client.close()),
  }
}

/** Of the overloads of a generated method the last one, from which TypeScript infers. */
type UnaryMethod<Request, Response> = (request: Request, answered: requestCallback<Response>) => unknown

/** How a call was refused: its status, and the parts that stand in the trailing metadata. */
export const refusalOf = async (call: Promise<unknown>) => {
  const refused: unknown = await call.then(
    () => Promise.reject(new Error('it was not refused')),
    (refusal: unknown) => refusal,
  )
  const cause = refused as ServiceError
  const part = (name: string) => cause.metadata.get(`env-runner-${name}`)[0]?.toString()
  return { status: grpcStatus[cause.code], code: part('code'), path: part('path'), hint: part('hint'), details: cause.details }
}

/** What a stream sends until it ends, or until `enough` says so; then it is cancelled. */
export const collectStream = async <Message>(
  stream: ClientReadableStream<Message>,
  enough: (messages: readonly Message[]) => boolean = () => false,
) => {
  const messages: Message[] = []
  stream.on('error', () => {}) // thrown by the iteration; a cancelled one has nobody who listens any more
  for await (const message of stream) {
    messages.push(message as Message)
    if (enough(messages)) break
  }
  stream.cancel()
  return messages
}
