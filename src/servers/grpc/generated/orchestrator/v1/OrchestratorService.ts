// Original file: proto/orchestrator/v1/orchestrator.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateWorkflowRequest as _orchestrator_v1_CreateWorkflowRequest, CreateWorkflowRequest__Output as _orchestrator_v1_CreateWorkflowRequest__Output } from '../../orchestrator/v1/CreateWorkflowRequest.ts';
import type { CreateWorkflowResponse as _orchestrator_v1_CreateWorkflowResponse, CreateWorkflowResponse__Output as _orchestrator_v1_CreateWorkflowResponse__Output } from '../../orchestrator/v1/CreateWorkflowResponse.ts';
import type { GetMetricsRequest as _orchestrator_v1_GetMetricsRequest, GetMetricsRequest__Output as _orchestrator_v1_GetMetricsRequest__Output } from '../../orchestrator/v1/GetMetricsRequest.ts';
import type { GetTaskStatusRequest as _orchestrator_v1_GetTaskStatusRequest, GetTaskStatusRequest__Output as _orchestrator_v1_GetTaskStatusRequest__Output } from '../../orchestrator/v1/GetTaskStatusRequest.ts';
import type { GetTaskStatusResponse as _orchestrator_v1_GetTaskStatusResponse, GetTaskStatusResponse__Output as _orchestrator_v1_GetTaskStatusResponse__Output } from '../../orchestrator/v1/GetTaskStatusResponse.ts';
import type { HealthRequest as _orchestrator_v1_HealthRequest, HealthRequest__Output as _orchestrator_v1_HealthRequest__Output } from '../../orchestrator/v1/HealthRequest.ts';
import type { HealthResponse as _orchestrator_v1_HealthResponse, HealthResponse__Output as _orchestrator_v1_HealthResponse__Output } from '../../orchestrator/v1/HealthResponse.ts';
import type { MetricsResponse as _orchestrator_v1_MetricsResponse, MetricsResponse__Output as _orchestrator_v1_MetricsResponse__Output } from '../../orchestrator/v1/MetricsResponse.ts';
import type { StartWorkflowRunRequest as _orchestrator_v1_StartWorkflowRunRequest, StartWorkflowRunRequest__Output as _orchestrator_v1_StartWorkflowRunRequest__Output } from '../../orchestrator/v1/StartWorkflowRunRequest.ts';
import type { StartWorkflowRunResponse as _orchestrator_v1_StartWorkflowRunResponse, StartWorkflowRunResponse__Output as _orchestrator_v1_StartWorkflowRunResponse__Output } from '../../orchestrator/v1/StartWorkflowRunResponse.ts';
import type { StreamEventsRequest as _orchestrator_v1_StreamEventsRequest, StreamEventsRequest__Output as _orchestrator_v1_StreamEventsRequest__Output } from '../../orchestrator/v1/StreamEventsRequest.ts';
import type { StreamTaskResultsRequest as _orchestrator_v1_StreamTaskResultsRequest, StreamTaskResultsRequest__Output as _orchestrator_v1_StreamTaskResultsRequest__Output } from '../../orchestrator/v1/StreamTaskResultsRequest.ts';
import type { StreamWorkflowStatusRequest as _orchestrator_v1_StreamWorkflowStatusRequest, StreamWorkflowStatusRequest__Output as _orchestrator_v1_StreamWorkflowStatusRequest__Output } from '../../orchestrator/v1/StreamWorkflowStatusRequest.ts';
import type { SubmitTaskRequest as _orchestrator_v1_SubmitTaskRequest, SubmitTaskRequest__Output as _orchestrator_v1_SubmitTaskRequest__Output } from '../../orchestrator/v1/SubmitTaskRequest.ts';
import type { SubmitTaskResponse as _orchestrator_v1_SubmitTaskResponse, SubmitTaskResponse__Output as _orchestrator_v1_SubmitTaskResponse__Output } from '../../orchestrator/v1/SubmitTaskResponse.ts';
import type { SystemEvent as _orchestrator_v1_SystemEvent, SystemEvent__Output as _orchestrator_v1_SystemEvent__Output } from '../../orchestrator/v1/SystemEvent.ts';
import type { TaskResult as _orchestrator_v1_TaskResult, TaskResult__Output as _orchestrator_v1_TaskResult__Output } from '../../orchestrator/v1/TaskResult.ts';
import type { WorkflowStatusUpdate as _orchestrator_v1_WorkflowStatusUpdate, WorkflowStatusUpdate__Output as _orchestrator_v1_WorkflowStatusUpdate__Output } from '../../orchestrator/v1/WorkflowStatusUpdate.ts';

/**
 * Executes tasks and tells of them. Errors of a call are gRPC statuses: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND (an id
 * that is unknown, or another tenant's), RESOURCE_EXHAUSTED, UNAVAILABLE; code, field and hint stand in trailing metadata (docs/grpc.md). A submission that is
 * refused is an answer with success=false. A stream that the runner cuts short because it stops is UNAVAILABLE, never OK.
 */
export interface OrchestratorServiceClient extends grpc.Client {
  /**
   * Workflows answer UNIMPLEMENTED until they exist.
   */
  CreateWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  CreateWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  CreateWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  CreateWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Workflows answer UNIMPLEMENTED until they exist.
   */
  createWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  createWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  createWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  createWorkflow(argument: _orchestrator_v1_CreateWorkflowRequest, callback: grpc.requestCallback<_orchestrator_v1_CreateWorkflowResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Numbers by name; always knows tasks_tracked_total, tasks_pending, tasks_running, tasks_completed, tasks_failed.
   */
  GetMetrics(argument: _orchestrator_v1_GetMetricsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  GetMetrics(argument: _orchestrator_v1_GetMetricsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  GetMetrics(argument: _orchestrator_v1_GetMetricsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  GetMetrics(argument: _orchestrator_v1_GetMetricsRequest, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Numbers by name; always knows tasks_tracked_total, tasks_pending, tasks_running, tasks_completed, tasks_failed.
   */
  getMetrics(argument: _orchestrator_v1_GetMetricsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  getMetrics(argument: _orchestrator_v1_GetMetricsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  getMetrics(argument: _orchestrator_v1_GetMetricsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  getMetrics(argument: _orchestrator_v1_GetMetricsRequest, callback: grpc.requestCallback<_orchestrator_v1_MetricsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The task as it is on disk now.
   */
  GetTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  GetTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  GetTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  GetTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The task as it is on disk now.
   */
  getTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  getTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  getTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  getTaskStatus(argument: _orchestrator_v1_GetTaskStatusRequest, callback: grpc.requestCallback<_orchestrator_v1_GetTaskStatusResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Whether it would take a task now.
   */
  Health(argument: _orchestrator_v1_HealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  Health(argument: _orchestrator_v1_HealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  Health(argument: _orchestrator_v1_HealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  Health(argument: _orchestrator_v1_HealthRequest, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Whether it would take a task now.
   */
  health(argument: _orchestrator_v1_HealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  health(argument: _orchestrator_v1_HealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  health(argument: _orchestrator_v1_HealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  health(argument: _orchestrator_v1_HealthRequest, callback: grpc.requestCallback<_orchestrator_v1_HealthResponse__Output>): grpc.ClientUnaryCall;
  
  StartWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  StartWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  StartWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  StartWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  startWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  startWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  startWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  startWorkflowRun(argument: _orchestrator_v1_StartWorkflowRunRequest, callback: grpc.requestCallback<_orchestrator_v1_StartWorkflowRunResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The public events of the journal from a time on, then as they come, without a seam.
   */
  StreamEvents(argument: _orchestrator_v1_StreamEventsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_SystemEvent__Output>;
  StreamEvents(argument: _orchestrator_v1_StreamEventsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_SystemEvent__Output>;
  /**
   * The public events of the journal from a time on, then as they come, without a seam.
   */
  streamEvents(argument: _orchestrator_v1_StreamEventsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_SystemEvent__Output>;
  streamEvents(argument: _orchestrator_v1_StreamEventsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_SystemEvent__Output>;
  
  /**
   * Every change of the chosen tasks, once and in order, sent when it is committed. Ends when every listed task has ended.
   */
  StreamTaskResults(argument: _orchestrator_v1_StreamTaskResultsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_TaskResult__Output>;
  StreamTaskResults(argument: _orchestrator_v1_StreamTaskResultsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_TaskResult__Output>;
  /**
   * Every change of the chosen tasks, once and in order, sent when it is committed. Ends when every listed task has ended.
   */
  streamTaskResults(argument: _orchestrator_v1_StreamTaskResultsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_TaskResult__Output>;
  streamTaskResults(argument: _orchestrator_v1_StreamTaskResultsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_TaskResult__Output>;
  
  StreamWorkflowStatus(argument: _orchestrator_v1_StreamWorkflowStatusRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_WorkflowStatusUpdate__Output>;
  StreamWorkflowStatus(argument: _orchestrator_v1_StreamWorkflowStatusRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_WorkflowStatusUpdate__Output>;
  streamWorkflowStatus(argument: _orchestrator_v1_StreamWorkflowStatusRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_WorkflowStatusUpdate__Output>;
  streamWorkflowStatus(argument: _orchestrator_v1_StreamWorkflowStatusRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_orchestrator_v1_WorkflowStatusUpdate__Output>;
  
  /**
   * Accepts a task. Answers when it is on disk; the same id with the same body is the same task.
   */
  SubmitTask(argument: _orchestrator_v1_SubmitTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  SubmitTask(argument: _orchestrator_v1_SubmitTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  SubmitTask(argument: _orchestrator_v1_SubmitTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  SubmitTask(argument: _orchestrator_v1_SubmitTaskRequest, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Accepts a task. Answers when it is on disk; the same id with the same body is the same task.
   */
  submitTask(argument: _orchestrator_v1_SubmitTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  submitTask(argument: _orchestrator_v1_SubmitTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  submitTask(argument: _orchestrator_v1_SubmitTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  submitTask(argument: _orchestrator_v1_SubmitTaskRequest, callback: grpc.requestCallback<_orchestrator_v1_SubmitTaskResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Executes tasks and tells of them. Errors of a call are gRPC statuses: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND (an id
 * that is unknown, or another tenant's), RESOURCE_EXHAUSTED, UNAVAILABLE; code, field and hint stand in trailing metadata (docs/grpc.md). A submission that is
 * refused is an answer with success=false. A stream that the runner cuts short because it stops is UNAVAILABLE, never OK.
 */
export interface OrchestratorServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Workflows answer UNIMPLEMENTED until they exist.
   */
  CreateWorkflow: grpc.handleUnaryCall<_orchestrator_v1_CreateWorkflowRequest__Output, _orchestrator_v1_CreateWorkflowResponse>;
  
  /**
   * Numbers by name; always knows tasks_tracked_total, tasks_pending, tasks_running, tasks_completed, tasks_failed.
   */
  GetMetrics: grpc.handleUnaryCall<_orchestrator_v1_GetMetricsRequest__Output, _orchestrator_v1_MetricsResponse>;
  
  /**
   * The task as it is on disk now.
   */
  GetTaskStatus: grpc.handleUnaryCall<_orchestrator_v1_GetTaskStatusRequest__Output, _orchestrator_v1_GetTaskStatusResponse>;
  
  /**
   * Whether it would take a task now.
   */
  Health: grpc.handleUnaryCall<_orchestrator_v1_HealthRequest__Output, _orchestrator_v1_HealthResponse>;
  
  StartWorkflowRun: grpc.handleUnaryCall<_orchestrator_v1_StartWorkflowRunRequest__Output, _orchestrator_v1_StartWorkflowRunResponse>;
  
  /**
   * The public events of the journal from a time on, then as they come, without a seam.
   */
  StreamEvents: grpc.handleServerStreamingCall<_orchestrator_v1_StreamEventsRequest__Output, _orchestrator_v1_SystemEvent>;
  
  /**
   * Every change of the chosen tasks, once and in order, sent when it is committed. Ends when every listed task has ended.
   */
  StreamTaskResults: grpc.handleServerStreamingCall<_orchestrator_v1_StreamTaskResultsRequest__Output, _orchestrator_v1_TaskResult>;
  
  StreamWorkflowStatus: grpc.handleServerStreamingCall<_orchestrator_v1_StreamWorkflowStatusRequest__Output, _orchestrator_v1_WorkflowStatusUpdate>;
  
  /**
   * Accepts a task. Answers when it is on disk; the same id with the same body is the same task.
   */
  SubmitTask: grpc.handleUnaryCall<_orchestrator_v1_SubmitTaskRequest__Output, _orchestrator_v1_SubmitTaskResponse>;
  
}

export interface OrchestratorServiceDefinition extends grpc.ServiceDefinition {
  CreateWorkflow: MethodDefinition<_orchestrator_v1_CreateWorkflowRequest, _orchestrator_v1_CreateWorkflowResponse, _orchestrator_v1_CreateWorkflowRequest__Output, _orchestrator_v1_CreateWorkflowResponse__Output>
  GetMetrics: MethodDefinition<_orchestrator_v1_GetMetricsRequest, _orchestrator_v1_MetricsResponse, _orchestrator_v1_GetMetricsRequest__Output, _orchestrator_v1_MetricsResponse__Output>
  GetTaskStatus: MethodDefinition<_orchestrator_v1_GetTaskStatusRequest, _orchestrator_v1_GetTaskStatusResponse, _orchestrator_v1_GetTaskStatusRequest__Output, _orchestrator_v1_GetTaskStatusResponse__Output>
  Health: MethodDefinition<_orchestrator_v1_HealthRequest, _orchestrator_v1_HealthResponse, _orchestrator_v1_HealthRequest__Output, _orchestrator_v1_HealthResponse__Output>
  StartWorkflowRun: MethodDefinition<_orchestrator_v1_StartWorkflowRunRequest, _orchestrator_v1_StartWorkflowRunResponse, _orchestrator_v1_StartWorkflowRunRequest__Output, _orchestrator_v1_StartWorkflowRunResponse__Output>
  StreamEvents: MethodDefinition<_orchestrator_v1_StreamEventsRequest, _orchestrator_v1_SystemEvent, _orchestrator_v1_StreamEventsRequest__Output, _orchestrator_v1_SystemEvent__Output>
  StreamTaskResults: MethodDefinition<_orchestrator_v1_StreamTaskResultsRequest, _orchestrator_v1_TaskResult, _orchestrator_v1_StreamTaskResultsRequest__Output, _orchestrator_v1_TaskResult__Output>
  StreamWorkflowStatus: MethodDefinition<_orchestrator_v1_StreamWorkflowStatusRequest, _orchestrator_v1_WorkflowStatusUpdate, _orchestrator_v1_StreamWorkflowStatusRequest__Output, _orchestrator_v1_WorkflowStatusUpdate__Output>
  SubmitTask: MethodDefinition<_orchestrator_v1_SubmitTaskRequest, _orchestrator_v1_SubmitTaskResponse, _orchestrator_v1_SubmitTaskRequest__Output, _orchestrator_v1_SubmitTaskResponse__Output>
}
