/** A bare grpc-js server with the messages of orchestrator.v1: answers every call at once, does nothing. Prints its port; ends with its standard input. */
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type ServerWritableStream,
} from '@grpc/grpc-js'
import { loadProtos } from '../../adapters/system/protos.ts'
import type { ProtoGrpcType as EnvRunnerProto } from '../../src/servers/grpc/generated/envrunner.ts'
import type { ProtoGrpcType as OrchestratorProto } from '../../src/servers/grpc/generated/orchestrator.ts'

const protos = loadPackageDefinition(loadProtos()) as unknown as OrchestratorProto & EnvRunnerProto
const answer =
  <Response>(response: Response) =>
  (_call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<Response>): void =>
    done(null, response)

/** `offset` bytes of logs, in the chunks in which the runner reads them. */
const sendBytes = (call: ServerWritableStream<{ offset: number }, unknown>): void => {
  const data = Buffer.alloc(65_536, 'x')
  let left = call.request.offset
  const write = (): void => {
    for (; left > 0;) {
      left -= data.length
      if (!call.write({ stream: 'LOG_STREAM_STDOUT', attempt: 1, offset: 0, data, gap: 0 })) return void call.once('drain', write)
    }
    call.end()
  }
  write()
}

const server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_concurrent_streams': 4_096 })
const unused = (): never => {
  throw new Error('the bare server has no such method')
}
server.addService(protos.orchestrator.v1.OrchestratorService.service, {
  SubmitTask: answer({ success: true, task_id: 'task-0123456789abcdef', error: '' }),
  GetTaskStatus: answer({ task_id: 'task-0123456789abcdef', status: 'pending', result: { class: 'cpu_short', attempts: '0' }, error: '' }),
  StreamTaskResults: unused, CreateWorkflow: unused, StartWorkflowRun: unused, StreamWorkflowStatus: unused, GetMetrics: unused, StreamEvents: unused, Health: unused,
} as never) // prettier-ignore
server.addService(protos.envrunner.v1.TaskService.service, {
  ReadLogs: sendBytes,
  SubmitTask: unused, GetTask: unused, ListTasks: unused, CancelTask: unused, WaitTask: unused, WatchTasks: unused, ExplainTask: unused,
} as never) // prettier-ignore
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  process.stdout.write(`${port}\n`)
})
process.stdin.on('end', () => server.forceShutdown()).resume()
