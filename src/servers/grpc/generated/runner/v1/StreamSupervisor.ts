// Original file: proto/runner/v1/runner.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { SupervisorToWorker as _runner_v1_SupervisorToWorker, SupervisorToWorker__Output as _runner_v1_SupervisorToWorker__Output } from '../../runner/v1/SupervisorToWorker.ts';
import type { WorkerToSupervisor as _runner_v1_WorkerToSupervisor, WorkerToSupervisor__Output as _runner_v1_WorkerToSupervisor__Output } from '../../runner/v1/WorkerToSupervisor.ts';

/**
 * Hands out assignments; the runner dials it.
 */
export interface StreamSupervisorClient extends grpc.Client {
  OpenStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_runner_v1_WorkerToSupervisor, _runner_v1_SupervisorToWorker__Output>;
  OpenStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_runner_v1_WorkerToSupervisor, _runner_v1_SupervisorToWorker__Output>;
  openStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_runner_v1_WorkerToSupervisor, _runner_v1_SupervisorToWorker__Output>;
  openStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_runner_v1_WorkerToSupervisor, _runner_v1_SupervisorToWorker__Output>;
  
}

/**
 * Hands out assignments; the runner dials it.
 */
export interface StreamSupervisorHandlers extends grpc.UntypedServiceImplementation {
  OpenStream: grpc.handleBidiStreamingCall<_runner_v1_WorkerToSupervisor__Output, _runner_v1_SupervisorToWorker>;
  
}

export interface StreamSupervisorDefinition extends grpc.ServiceDefinition {
  OpenStream: MethodDefinition<_runner_v1_WorkerToSupervisor, _runner_v1_SupervisorToWorker, _runner_v1_WorkerToSupervisor__Output, _runner_v1_SupervisorToWorker__Output>
}
