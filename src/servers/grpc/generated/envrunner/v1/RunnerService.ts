// Original file: proto/envrunner/v1/envrunner.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DrainRequest as _envrunner_v1_DrainRequest, DrainRequest__Output as _envrunner_v1_DrainRequest__Output } from '../../envrunner/v1/DrainRequest.ts';
import type { GetStatusRequest as _envrunner_v1_GetStatusRequest, GetStatusRequest__Output as _envrunner_v1_GetStatusRequest__Output } from '../../envrunner/v1/GetStatusRequest.ts';
import type { PauseRequest as _envrunner_v1_PauseRequest, PauseRequest__Output as _envrunner_v1_PauseRequest__Output } from '../../envrunner/v1/PauseRequest.ts';
import type { ResumeRequest as _envrunner_v1_ResumeRequest, ResumeRequest__Output as _envrunner_v1_ResumeRequest__Output } from '../../envrunner/v1/ResumeRequest.ts';
import type { RunnerStatus as _envrunner_v1_RunnerStatus, RunnerStatus__Output as _envrunner_v1_RunnerStatus__Output } from '../../envrunner/v1/RunnerStatus.ts';

/**
 * The runner itself. Pause, Resume and Drain want the role admin.
 */
export interface RunnerServiceClient extends grpc.Client {
  /**
   * Refuse new tasks, wait for the running ones until the drain's deadline, then stop. Answers when the drain is on record; repeated, with the state as it is.
   */
  Drain(argument: _envrunner_v1_DrainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Drain(argument: _envrunner_v1_DrainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Drain(argument: _envrunner_v1_DrainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Drain(argument: _envrunner_v1_DrainRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  /**
   * Refuse new tasks, wait for the running ones until the drain's deadline, then stop. Answers when the drain is on record; repeated, with the state as it is.
   */
  drain(argument: _envrunner_v1_DrainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  drain(argument: _envrunner_v1_DrainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  drain(argument: _envrunner_v1_DrainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  drain(argument: _envrunner_v1_DrainRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  
  GetStatus(argument: _envrunner_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _envrunner_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _envrunner_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _envrunner_v1_GetStatusRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _envrunner_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _envrunner_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _envrunner_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _envrunner_v1_GetStatusRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  
  /**
   * Tasks are accepted and none is started, until Resume; outlives the process.
   */
  Pause(argument: _envrunner_v1_PauseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Pause(argument: _envrunner_v1_PauseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Pause(argument: _envrunner_v1_PauseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Pause(argument: _envrunner_v1_PauseRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  /**
   * Tasks are accepted and none is started, until Resume; outlives the process.
   */
  pause(argument: _envrunner_v1_PauseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  pause(argument: _envrunner_v1_PauseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  pause(argument: _envrunner_v1_PauseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  pause(argument: _envrunner_v1_PauseRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  
  Resume(argument: _envrunner_v1_ResumeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Resume(argument: _envrunner_v1_ResumeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Resume(argument: _envrunner_v1_ResumeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  Resume(argument: _envrunner_v1_ResumeRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  resume(argument: _envrunner_v1_ResumeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  resume(argument: _envrunner_v1_ResumeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  resume(argument: _envrunner_v1_ResumeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  resume(argument: _envrunner_v1_ResumeRequest, callback: grpc.requestCallback<_envrunner_v1_RunnerStatus__Output>): grpc.ClientUnaryCall;
  
}

/**
 * The runner itself. Pause, Resume and Drain want the role admin.
 */
export interface RunnerServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Refuse new tasks, wait for the running ones until the drain's deadline, then stop. Answers when the drain is on record; repeated, with the state as it is.
   */
  Drain: grpc.handleUnaryCall<_envrunner_v1_DrainRequest__Output, _envrunner_v1_RunnerStatus>;
  
  GetStatus: grpc.handleUnaryCall<_envrunner_v1_GetStatusRequest__Output, _envrunner_v1_RunnerStatus>;
  
  /**
   * Tasks are accepted and none is started, until Resume; outlives the process.
   */
  Pause: grpc.handleUnaryCall<_envrunner_v1_PauseRequest__Output, _envrunner_v1_RunnerStatus>;
  
  Resume: grpc.handleUnaryCall<_envrunner_v1_ResumeRequest__Output, _envrunner_v1_RunnerStatus>;
  
}

export interface RunnerServiceDefinition extends grpc.ServiceDefinition {
  Drain: MethodDefinition<_envrunner_v1_DrainRequest, _envrunner_v1_RunnerStatus, _envrunner_v1_DrainRequest__Output, _envrunner_v1_RunnerStatus__Output>
  GetStatus: MethodDefinition<_envrunner_v1_GetStatusRequest, _envrunner_v1_RunnerStatus, _envrunner_v1_GetStatusRequest__Output, _envrunner_v1_RunnerStatus__Output>
  Pause: MethodDefinition<_envrunner_v1_PauseRequest, _envrunner_v1_RunnerStatus, _envrunner_v1_PauseRequest__Output, _envrunner_v1_RunnerStatus__Output>
  Resume: MethodDefinition<_envrunner_v1_ResumeRequest, _envrunner_v1_RunnerStatus, _envrunner_v1_ResumeRequest__Output, _envrunner_v1_RunnerStatus__Output>
}
