import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { CreditReport as _runner_v1_CreditReport, CreditReport__Output as _runner_v1_CreditReport__Output } from './runner/v1/CreditReport.ts';
import type { Empty as _runner_v1_Empty, Empty__Output as _runner_v1_Empty__Output } from './runner/v1/Empty.ts';
import type { EnvRunnerClient as _runner_v1_EnvRunnerClient, EnvRunnerDefinition as _runner_v1_EnvRunnerDefinition } from './runner/v1/EnvRunner.ts';
import type { LogLine as _runner_v1_LogLine, LogLine__Output as _runner_v1_LogLine__Output } from './runner/v1/LogLine.ts';
import type { Mount as _runner_v1_Mount, Mount__Output as _runner_v1_Mount__Output } from './runner/v1/Mount.ts';
import type { ResourceHints as _runner_v1_ResourceHints, ResourceHints__Output as _runner_v1_ResourceHints__Output } from './runner/v1/ResourceHints.ts';
import type { RunEnv as _runner_v1_RunEnv, RunEnv__Output as _runner_v1_RunEnv__Output } from './runner/v1/RunEnv.ts';
import type { RunRequest as _runner_v1_RunRequest, RunRequest__Output as _runner_v1_RunRequest__Output } from './runner/v1/RunRequest.ts';
import type { RunResult as _runner_v1_RunResult, RunResult__Output as _runner_v1_RunResult__Output } from './runner/v1/RunResult.ts';
import type { StreamSupervisorClient as _runner_v1_StreamSupervisorClient, StreamSupervisorDefinition as _runner_v1_StreamSupervisorDefinition } from './runner/v1/StreamSupervisor.ts';
import type { SupervisorToWorker as _runner_v1_SupervisorToWorker, SupervisorToWorker__Output as _runner_v1_SupervisorToWorker__Output } from './runner/v1/SupervisorToWorker.ts';
import type { TaskAck as _runner_v1_TaskAck, TaskAck__Output as _runner_v1_TaskAck__Output } from './runner/v1/TaskAck.ts';
import type { TaskAssignment as _runner_v1_TaskAssignment, TaskAssignment__Output as _runner_v1_TaskAssignment__Output } from './runner/v1/TaskAssignment.ts';
import type { TensorMeta as _runner_v1_TensorMeta, TensorMeta__Output as _runner_v1_TensorMeta__Output } from './runner/v1/TensorMeta.ts';
import type { WorkerHeartbeat as _runner_v1_WorkerHeartbeat, WorkerHeartbeat__Output as _runner_v1_WorkerHeartbeat__Output } from './runner/v1/WorkerHeartbeat.ts';
import type { WorkerHello as _runner_v1_WorkerHello, WorkerHello__Output as _runner_v1_WorkerHello__Output } from './runner/v1/WorkerHello.ts';
import type { WorkerToSupervisor as _runner_v1_WorkerToSupervisor, WorkerToSupervisor__Output as _runner_v1_WorkerToSupervisor__Output } from './runner/v1/WorkerToSupervisor.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  runner: {
    v1: {
      CreditReport: MessageTypeDefinition<_runner_v1_CreditReport, _runner_v1_CreditReport__Output>
      Empty: MessageTypeDefinition<_runner_v1_Empty, _runner_v1_Empty__Output>
      /**
       * One job in one container, answered at its end or followed line by line.
       */
      EnvRunner: SubtypeConstructor<typeof grpc.Client, _runner_v1_EnvRunnerClient> & { service: _runner_v1_EnvRunnerDefinition }
      LogLine: MessageTypeDefinition<_runner_v1_LogLine, _runner_v1_LogLine__Output>
      Mount: MessageTypeDefinition<_runner_v1_Mount, _runner_v1_Mount__Output>
      ResourceHints: MessageTypeDefinition<_runner_v1_ResourceHints, _runner_v1_ResourceHints__Output>
      RunEnv: MessageTypeDefinition<_runner_v1_RunEnv, _runner_v1_RunEnv__Output>
      RunRequest: MessageTypeDefinition<_runner_v1_RunRequest, _runner_v1_RunRequest__Output>
      RunResult: MessageTypeDefinition<_runner_v1_RunResult, _runner_v1_RunResult__Output>
      /**
       * Hands out assignments; the runner dials it.
       */
      StreamSupervisor: SubtypeConstructor<typeof grpc.Client, _runner_v1_StreamSupervisorClient> & { service: _runner_v1_StreamSupervisorDefinition }
      SupervisorToWorker: MessageTypeDefinition<_runner_v1_SupervisorToWorker, _runner_v1_SupervisorToWorker__Output>
      TaskAck: MessageTypeDefinition<_runner_v1_TaskAck, _runner_v1_TaskAck__Output>
      TaskAssignment: MessageTypeDefinition<_runner_v1_TaskAssignment, _runner_v1_TaskAssignment__Output>
      TensorMeta: MessageTypeDefinition<_runner_v1_TensorMeta, _runner_v1_TensorMeta__Output>
      WorkerHeartbeat: MessageTypeDefinition<_runner_v1_WorkerHeartbeat, _runner_v1_WorkerHeartbeat__Output>
      WorkerHello: MessageTypeDefinition<_runner_v1_WorkerHello, _runner_v1_WorkerHello__Output>
      WorkerToSupervisor: MessageTypeDefinition<_runner_v1_WorkerToSupervisor, _runner_v1_WorkerToSupervisor__Output>
    }
  }
}

