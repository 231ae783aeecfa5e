// Original file: proto/runner/v1/runner.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Empty as _runner_v1_Empty, Empty__Output as _runner_v1_Empty__Output } from '../../runner/v1/Empty.ts';
import type { LogLine as _runner_v1_LogLine, LogLine__Output as _runner_v1_LogLine__Output } from '../../runner/v1/LogLine.ts';
import type { RunRequest as _runner_v1_RunRequest, RunRequest__Output as _runner_v1_RunRequest__Output } from '../../runner/v1/RunRequest.ts';
import type { RunResult as _runner_v1_RunResult, RunResult__Output as _runner_v1_RunResult__Output } from '../../runner/v1/RunResult.ts';

/**
 * One job in one container, answered at its end or followed line by line.
 */
export interface EnvRunnerClient extends grpc.Client {
  /**
   * OK when the runner would take a job now, else UNAVAILABLE.
   */
  Healthz(argument: _runner_v1_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  Healthz(argument: _runner_v1_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  Healthz(argument: _runner_v1_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  Healthz(argument: _runner_v1_Empty, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  /**
   * OK when the runner would take a job now, else UNAVAILABLE.
   */
  healthz(argument: _runner_v1_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  healthz(argument: _runner_v1_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  healthz(argument: _runner_v1_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  healthz(argument: _runner_v1_Empty, callback: grpc.requestCallback<_runner_v1_Empty__Output>): grpc.ClientUnaryCall;
  
  /**
   * Runs the job and answers when it has ended, whatever its exit code. The same job_id and run_id is the same run: it is awaited, not run again; so a
   * caller that goes away, or whose deadline is over, ends nothing, and finds the run when it calls again. A job with neither is cancelled with its call.
   * Trailing metadata: env-runner-task-id, env-runner-status (completed, failed, cancelled), env-runner-exit-code, env-runner-error-code (when it failed).
   */
  Run(argument: _runner_v1_RunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  Run(argument: _runner_v1_RunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  Run(argument: _runner_v1_RunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  Run(argument: _runner_v1_RunRequest, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  /**
   * Runs the job and answers when it has ended, whatever its exit code. The same job_id and run_id is the same run: it is awaited, not run again; so a
   * caller that goes away, or whose deadline is over, ends nothing, and finds the run when it calls again. A job with neither is cancelled with its call.
   * Trailing metadata: env-runner-task-id, env-runner-status (completed, failed, cancelled), env-runner-exit-code, env-runner-error-code (when it failed).
   */
  run(argument: _runner_v1_RunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  run(argument: _runner_v1_RunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  run(argument: _runner_v1_RunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  run(argument: _runner_v1_RunRequest, callback: grpc.requestCallback<_runner_v1_RunResult__Output>): grpc.ClientUnaryCall;
  
  /**
   * The job's lines as they are printed; ends with the job. A job that did not succeed has a last line of level error that says why; the trailing
   * metadata of Run tells the outcome to programs.
   */
  StreamRun(argument: _runner_v1_RunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_runner_v1_LogLine__Output>;
  StreamRun(argument: _runner_v1_RunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_runner_v1_LogLine__Output>;
  /**
   * The job's lines as they are printed; ends with the job. A job that did not succeed has a last line of level error that says why; the trailing
   * metadata of Run tells the outcome to programs.
   */
  streamRun(argument: _runner_v1_RunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_runner_v1_LogLine__Output>;
  streamRun(argument: _runner_v1_RunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_runner_v1_LogLine__Output>;
  
}

/**
 * One job in one container, answered at its end or followed line by line.
 */
export interface EnvRunnerHandlers extends grpc.UntypedServiceImplementation {
  /**
   * OK when the runner would take a job now, else UNAVAILABLE.
   */
  Healthz: grpc.handleUnaryCall<_runner_v1_Empty__Output, _runner_v1_Empty>;
  
  /**
   * Runs the job and answers when it has ended, whatever its exit code. The same job_id and run_id is the same run: it is awaited, not run again; so a
   * caller that goes away, or whose deadline is over, ends nothing, and finds the run when it calls again. A job with neither is cancelled with its call.
   * Trailing metadata: env-runner-task-id, env-runner-status (completed, failed, cancelled), env-runner-exit-code, env-runner-error-code (when it failed).
   */
  Run: grpc.handleUnaryCall<_runner_v1_RunRequest__Output, _runner_v1_RunResult>;
  
  /**
   * The job's lines as they are printed; ends with the job. A job that did not succeed has a last line of level error that says why; the trailing
   * metadata of Run tells the outcome to programs.
   */
  StreamRun: grpc.handleServerStreamingCall<_runner_v1_RunRequest__Output, _runner_v1_LogLine>;
  
}

export interface EnvRunnerDefinition extends grpc.ServiceDefinition {
  Healthz: MethodDefinition<_runner_v1_Empty, _runner_v1_Empty, _runner_v1_Empty__Output, _runner_v1_Empty__Output>
  Run: MethodDefinition<_runner_v1_RunRequest, _runner_v1_RunResult, _runner_v1_RunRequest__Output, _runner_v1_RunResult__Output>
  StreamRun: MethodDefinition<_runner_v1_RunRequest, _runner_v1_LogLine, _runner_v1_RunRequest__Output, _runner_v1_LogLine__Output>
}
