// Original file: proto/envrunner/v1/envrunner.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelTaskRequest as _envrunner_v1_CancelTaskRequest, CancelTaskRequest__Output as _envrunner_v1_CancelTaskRequest__Output } from '../../envrunner/v1/CancelTaskRequest.ts';
import type { ExplainTaskResponse as _envrunner_v1_ExplainTaskResponse, ExplainTaskResponse__Output as _envrunner_v1_ExplainTaskResponse__Output } from '../../envrunner/v1/ExplainTaskResponse.ts';
import type { GetTaskRequest as _envrunner_v1_GetTaskRequest, GetTaskRequest__Output as _envrunner_v1_GetTaskRequest__Output } from '../../envrunner/v1/GetTaskRequest.ts';
import type { ListTasksRequest as _envrunner_v1_ListTasksRequest, ListTasksRequest__Output as _envrunner_v1_ListTasksRequest__Output } from '../../envrunner/v1/ListTasksRequest.ts';
import type { ListTasksResponse as _envrunner_v1_ListTasksResponse, ListTasksResponse__Output as _envrunner_v1_ListTasksResponse__Output } from '../../envrunner/v1/ListTasksResponse.ts';
import type { LogChunk as _envrunner_v1_LogChunk, LogChunk__Output as _envrunner_v1_LogChunk__Output } from '../../envrunner/v1/LogChunk.ts';
import type { ReadLogsRequest as _envrunner_v1_ReadLogsRequest, ReadLogsRequest__Output as _envrunner_v1_ReadLogsRequest__Output } from '../../envrunner/v1/ReadLogsRequest.ts';
import type { SubmitTaskRequest as _envrunner_v1_SubmitTaskRequest, SubmitTaskRequest__Output as _envrunner_v1_SubmitTaskRequest__Output } from '../../envrunner/v1/SubmitTaskRequest.ts';
import type { SubmitTaskResponse as _envrunner_v1_SubmitTaskResponse, SubmitTaskResponse__Output as _envrunner_v1_SubmitTaskResponse__Output } from '../../envrunner/v1/SubmitTaskResponse.ts';
import type { Task as _envrunner_v1_Task, Task__Output as _envrunner_v1_Task__Output } from '../../envrunner/v1/Task.ts';
import type { TaskUpdate as _envrunner_v1_TaskUpdate, TaskUpdate__Output as _envrunner_v1_TaskUpdate__Output } from '../../envrunner/v1/TaskUpdate.ts';
import type { WaitTaskRequest as _envrunner_v1_WaitTaskRequest, WaitTaskRequest__Output as _envrunner_v1_WaitTaskRequest__Output } from '../../envrunner/v1/WaitTaskRequest.ts';
import type { WatchTasksRequest as _envrunner_v1_WatchTasksRequest, WatchTasksRequest__Output as _envrunner_v1_WatchTasksRequest__Output } from '../../envrunner/v1/WatchTasksRequest.ts';

/**
 * Tasks of the caller's tenant; another tenant's id is NOT_FOUND. An error of a call is a gRPC status whose message is "CODE: sentence (field). Hint.";
 * its trailing metadata has env-runner-code (docs/errors.md), env-runner-path (the field as the request spells it, such as spec.execution.command[0]) and
 * env-runner-hint. A call that the runner cuts short because it stops is UNAVAILABLE: come back with the same request, or behind the last cursor.
 */
export interface TaskServiceClient extends grpc.Client {
  /**
   * Answers when the wish is on disk; the task ends a moment later: TERM, a grace period, KILL. Idempotent: a task that has ended stays as it is.
   */
  CancelTask(argument: _envrunner_v1_CancelTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  CancelTask(argument: _envrunner_v1_CancelTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  CancelTask(argument: _envrunner_v1_CancelTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  CancelTask(argument: _envrunner_v1_CancelTaskRequest, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  /**
   * Answers when the wish is on disk; the task ends a moment later: TERM, a grace period, KILL. Idempotent: a task that has ended stays as it is.
   */
  cancelTask(argument: _envrunner_v1_CancelTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  cancelTask(argument: _envrunner_v1_CancelTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  cancelTask(argument: _envrunner_v1_CancelTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  cancelTask(argument: _envrunner_v1_CancelTaskRequest, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  
  /**
   * Why a task waits, or why it failed: sentences for people.
   */
  ExplainTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  ExplainTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  ExplainTask(argument: _envrunner_v1_GetTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  ExplainTask(argument: _envrunner_v1_GetTaskRequest, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Why a task waits, or why it failed: sentences for people.
   */
  explainTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  explainTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  explainTask(argument: _envrunner_v1_GetTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  explainTask(argument: _envrunner_v1_GetTaskRequest, callback: grpc.requestCallback<_envrunner_v1_ExplainTaskResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The task as it is on disk now, with why it waits.
   */
  GetTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  GetTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  GetTask(argument: _envrunner_v1_GetTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  GetTask(argument: _envrunner_v1_GetTaskRequest, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  /**
   * The task as it is on disk now, with why it waits.
   */
  getTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  getTask(argument: _envrunner_v1_GetTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  getTask(argument: _envrunner_v1_GetTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  getTask(argument: _envrunner_v1_GetTaskRequest, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  
  /**
   * Newest first. A page may have fewer tasks than asked for, so that the answer stays below 4 MiB; the next one goes on behind it.
   */
  ListTasks(argument: _envrunner_v1_ListTasksRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  ListTasks(argument: _envrunner_v1_ListTasksRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  ListTasks(argument: _envrunner_v1_ListTasksRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  ListTasks(argument: _envrunner_v1_ListTasksRequest, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Newest first. A page may have fewer tasks than asked for, so that the answer stays below 4 MiB; the next one goes on behind it.
   */
  listTasks(argument: _envrunner_v1_ListTasksRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  listTasks(argument: _envrunner_v1_ListTasksRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  listTasks(argument: _envrunner_v1_ListTasksRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  listTasks(argument: _envrunner_v1_ListTasksRequest, callback: grpc.requestCallback<_envrunner_v1_ListTasksResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Bytes of a task's logs from an offset on, as they were printed. An offset means the same byte for ever; one beyond the end has no bytes yet.
   */
  ReadLogs(argument: _envrunner_v1_ReadLogsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_LogChunk__Output>;
  ReadLogs(argument: _envrunner_v1_ReadLogsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_LogChunk__Output>;
  /**
   * Bytes of a task's logs from an offset on, as they were printed. An offset means the same byte for ever; one beyond the end has no bytes yet.
   */
  readLogs(argument: _envrunner_v1_ReadLogsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_LogChunk__Output>;
  readLogs(argument: _envrunner_v1_ReadLogsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_LogChunk__Output>;
  
  /**
   * Accepts a task. Answers when it is on disk; the same id with the same body is the same task, with another body ALREADY_EXISTS. Who does not know whether
   * a submission arrived sends it again.
   */
  SubmitTask(argument: _envrunner_v1_SubmitTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  SubmitTask(argument: _envrunner_v1_SubmitTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  SubmitTask(argument: _envrunner_v1_SubmitTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  SubmitTask(argument: _envrunner_v1_SubmitTaskRequest, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Accepts a task. Answers when it is on disk; the same id with the same body is the same task, with another body ALREADY_EXISTS. Who does not know whether
   * a submission arrived sends it again.
   */
  submitTask(argument: _envrunner_v1_SubmitTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  submitTask(argument: _envrunner_v1_SubmitTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  submitTask(argument: _envrunner_v1_SubmitTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  submitTask(argument: _envrunner_v1_SubmitTaskRequest, callback: grpc.requestCallback<_envrunner_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Answers when the task has ended, or after the timeout with the task as it is then. Takes a place among the open streams.
   */
  WaitTask(argument: _envrunner_v1_WaitTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  WaitTask(argument: _envrunner_v1_WaitTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  WaitTask(argument: _envrunner_v1_WaitTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  WaitTask(argument: _envrunner_v1_WaitTaskRequest, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  /**
   * Answers when the task has ended, or after the timeout with the task as it is then. Takes a place among the open streams.
   */
  waitTask(argument: _envrunner_v1_WaitTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  waitTask(argument: _envrunner_v1_WaitTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  waitTask(argument: _envrunner_v1_WaitTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  waitTask(argument: _envrunner_v1_WaitTaskRequest, callback: grpc.requestCallback<_envrunner_v1_Task__Output>): grpc.ClientUnaryCall;
  
  /**
   * Every change of the chosen tasks from a cursor on, sent when it is committed, in the order of positions. Ends when every listed task has ended.
   */
  WatchTasks(argument: _envrunner_v1_WatchTasksRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_TaskUpdate__Output>;
  WatchTasks(argument: _envrunner_v1_WatchTasksRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_TaskUpdate__Output>;
  /**
   * Every change of the chosen tasks from a cursor on, sent when it is committed, in the order of positions. Ends when every listed task has ended.
   */
  watchTasks(argument: _envrunner_v1_WatchTasksRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_TaskUpdate__Output>;
  watchTasks(argument: _envrunner_v1_WatchTasksRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_envrunner_v1_TaskUpdate__Output>;
  
}

/**
 * Tasks of the caller's tenant; another tenant's id is NOT_FOUND. An error of a call is a gRPC status whose message is "CODE: sentence (field). Hint.";
 * its trailing metadata has env-runner-code (docs/errors.md), env-runner-path (the field as the request spells it, such as spec.execution.command[0]) and
 * env-runner-hint. A call that the runner cuts short because it stops is UNAVAILABLE: come back with the same request, or behind the last cursor.
 */
export interface TaskServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Answers when the wish is on disk; the task ends a moment later: TERM, a grace period, KILL. Idempotent: a task that has ended stays as it is.
   */
  CancelTask: grpc.handleUnaryCall<_envrunner_v1_CancelTaskRequest__Output, _envrunner_v1_Task>;
  
  /**
   * Why a task waits, or why it failed: sentences for people.
   */
  ExplainTask: grpc.handleUnaryCall<_envrunner_v1_GetTaskRequest__Output, _envrunner_v1_ExplainTaskResponse>;
  
  /**
   * The task as it is on disk now, with why it waits.
   */
  GetTask: grpc.handleUnaryCall<_envrunner_v1_GetTaskRequest__Output, _envrunner_v1_Task>;
  
  /**
   * Newest first. A page may have fewer tasks than asked for, so that the answer stays below 4 MiB; the next one goes on behind it.
   */
  ListTasks: grpc.handleUnaryCall<_envrunner_v1_ListTasksRequest__Output, _envrunner_v1_ListTasksResponse>;
  
  /**
   * Bytes of a task's logs from an offset on, as they were printed. An offset means the same byte for ever; one beyond the end has no bytes yet.
   */
  ReadLogs: grpc.handleServerStreamingCall<_envrunner_v1_ReadLogsRequest__Output, _envrunner_v1_LogChunk>;
  
  /**
   * Accepts a task. Answers when it is on disk; the same id with the same body is the same task, with another body ALREADY_EXISTS. Who does not know whether
   * a submission arrived sends it again.
   */
  SubmitTask: grpc.handleUnaryCall<_envrunner_v1_SubmitTaskRequest__Output, _envrunner_v1_SubmitTaskResponse>;
  
  /**
   * Answers when the task has ended, or after the timeout with the task as it is then. Takes a place among the open streams.
   */
  WaitTask: grpc.handleUnaryCall<_envrunner_v1_WaitTaskRequest__Output, _envrunner_v1_Task>;
  
  /**
   * Every change of the chosen tasks from a cursor on, sent when it is committed, in the order of positions. Ends when every listed task has ended.
   */
  WatchTasks: grpc.handleServerStreamingCall<_envrunner_v1_WatchTasksRequest__Output, _envrunner_v1_TaskUpdate>;
  
}

export interface TaskServiceDefinition extends grpc.ServiceDefinition {
  CancelTask: MethodDefinition<_envrunner_v1_CancelTaskRequest, _envrunner_v1_Task, _envrunner_v1_CancelTaskRequest__Output, _envrunner_v1_Task__Output>
  ExplainTask: MethodDefinition<_envrunner_v1_GetTaskRequest, _envrunner_v1_ExplainTaskResponse, _envrunner_v1_GetTaskRequest__Output, _envrunner_v1_ExplainTaskResponse__Output>
  GetTask: MethodDefinition<_envrunner_v1_GetTaskRequest, _envrunner_v1_Task, _envrunner_v1_GetTaskRequest__Output, _envrunner_v1_Task__Output>
  ListTasks: MethodDefinition<_envrunner_v1_ListTasksRequest, _envrunner_v1_ListTasksResponse, _envrunner_v1_ListTasksRequest__Output, _envrunner_v1_ListTasksResponse__Output>
  ReadLogs: MethodDefinition<_envrunner_v1_ReadLogsRequest, _envrunner_v1_LogChunk, _envrunner_v1_ReadLogsRequest__Output, _envrunner_v1_LogChunk__Output>
  SubmitTask: MethodDefinition<_envrunner_v1_SubmitTaskRequest, _envrunner_v1_SubmitTaskResponse, _envrunner_v1_SubmitTaskRequest__Output, _envrunner_v1_SubmitTaskResponse__Output>
  WaitTask: MethodDefinition<_envrunner_v1_WaitTaskRequest, _envrunner_v1_Task, _envrunner_v1_WaitTaskRequest__Output, _envrunner_v1_Task__Output>
  WatchTasks: MethodDefinition<_envrunner_v1_WatchTasksRequest, _envrunner_v1_TaskUpdate, _envrunner_v1_WatchTasksRequest__Output, _envrunner_v1_TaskUpdate__Output>
}
