import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { CreateWorkflowRequest as _orchestrator_v1_CreateWorkflowRequest, CreateWorkflowRequest__Output as _orchestrator_v1_CreateWorkflowRequest__Output } from './orchestrator/v1/CreateWorkflowRequest.ts';
import type { CreateWorkflowResponse as _orchestrator_v1_CreateWorkflowResponse, CreateWorkflowResponse__Output as _orchestrator_v1_CreateWorkflowResponse__Output } from './orchestrator/v1/CreateWorkflowResponse.ts';
import type { GetMetricsRequest as _orchestrator_v1_GetMetricsRequest, GetMetricsRequest__Output as _orchestrator_v1_GetMetricsRequest__Output } from './orchestrator/v1/GetMetricsRequest.ts';
import type { GetTaskStatusRequest as _orchestrator_v1_GetTaskStatusRequest, GetTaskStatusRequest__Output as _orchestrator_v1_GetTaskStatusRequest__Output } from './orchestrator/v1/GetTaskStatusRequest.ts';
import type { GetTaskStatusResponse as _orchestrator_v1_GetTaskStatusResponse, GetTaskStatusResponse__Output as _orchestrator_v1_GetTaskStatusResponse__Output } from './orchestrator/v1/GetTaskStatusResponse.ts';
import type { HealthRequest as _orchestrator_v1_HealthRequest, HealthRequest__Output as _orchestrator_v1_HealthRequest__Output } from './orchestrator/v1/HealthRequest.ts';
import type { HealthResponse as _orchestrator_v1_HealthResponse, HealthResponse__Output as _orchestrator_v1_HealthResponse__Output } from './orchestrator/v1/HealthResponse.ts';
import type { MetricsResponse as _orchestrator_v1_MetricsResponse, MetricsResponse__Output as _orchestrator_v1_MetricsResponse__Output } from './orchestrator/v1/MetricsResponse.ts';
import type { OrchestratorServiceClient as _orchestrator_v1_OrchestratorServiceClient, OrchestratorServiceDefinition as _orchestrator_v1_OrchestratorServiceDefinition } from './orchestrator/v1/OrchestratorService.ts';
import type { StartWorkflowRunRequest as _orchestrator_v1_StartWorkflowRunRequest, StartWorkflowRunRequest__Output as _orchestrator_v1_StartWorkflowRunRequest__Output } from './orchestrator/v1/StartWorkflowRunRequest.ts';
import type { StartWorkflowRunResponse as _orchestrator_v1_StartWorkflowRunResponse, StartWorkflowRunResponse__Output as _orchestrator_v1_StartWorkflowRunResponse__Output } from './orchestrator/v1/StartWorkflowRunResponse.ts';
import type { StreamEventsRequest as _orchestrator_v1_StreamEventsRequest, StreamEventsRequest__Output as _orchestrator_v1_StreamEventsRequest__Output } from './orchestrator/v1/StreamEventsRequest.ts';
import type { StreamTaskResultsRequest as _orchestrator_v1_StreamTaskResultsRequest, StreamTaskResultsRequest__Output as _orchestrator_v1_StreamTaskResultsRequest__Output } from './orchestrator/v1/StreamTaskResultsRequest.ts';
import type { StreamWorkflowStatusRequest as _orchestrator_v1_StreamWorkflowStatusRequest, StreamWorkflowStatusRequest__Output as _orchestrator_v1_StreamWorkflowStatusRequest__Output } from './orchestrator/v1/StreamWorkflowStatusRequest.ts';
import type { SubmitTaskRequest as _orchestrator_v1_SubmitTaskRequest, SubmitTaskRequest__Output as _orchestrator_v1_SubmitTaskRequest__Output } from './orchestrator/v1/SubmitTaskRequest.ts';
import type { SubmitTaskResponse as _orchestrator_v1_SubmitTaskResponse, SubmitTaskResponse__Output as _orchestrator_v1_SubmitTaskResponse__Output } from './orchestrator/v1/SubmitTaskResponse.ts';
import type { SystemEvent as _orchestrator_v1_SystemEvent, SystemEvent__Output as _orchestrator_v1_SystemEvent__Output } from './orchestrator/v1/SystemEvent.ts';
import type { TaskResult as _orchestrator_v1_TaskResult, TaskResult__Output as _orchestrator_v1_TaskResult__Output } from './orchestrator/v1/TaskResult.ts';
import type { WorkflowStatusUpdate as _orchestrator_v1_WorkflowStatusUpdate, WorkflowStatusUpdate__Output as _orchestrator_v1_WorkflowStatusUpdate__Output } from './orchestrator/v1/WorkflowStatusUpdate.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  orchestrator: {
    v1: {
      CreateWorkflowRequest: MessageTypeDefinition<_orchestrator_v1_CreateWorkflowRequest, _orchestrator_v1_CreateWorkflowRequest__Output>
      CreateWorkflowResponse: MessageTypeDefinition<_orchestrator_v1_CreateWorkflowResponse, _orchestrator_v1_CreateWorkflowResponse__Output>
      GetMetricsRequest: MessageTypeDefinition<_orchestrator_v1_GetMetricsRequest, _orchestrator_v1_GetMetricsRequest__Output>
      GetTaskStatusRequest: MessageTypeDefinition<_orchestrator_v1_GetTaskStatusRequest, _orchestrator_v1_GetTaskStatusRequest__Output>
      GetTaskStatusResponse: MessageTypeDefinition<_orchestrator_v1_GetTaskStatusResponse, _orchestrator_v1_GetTaskStatusResponse__Output>
      HealthRequest: MessageTypeDefinition<_orchestrator_v1_HealthRequest, _orchestrator_v1_HealthRequest__Output>
      HealthResponse: MessageTypeDefinition<_orchestrator_v1_HealthResponse, _orchestrator_v1_HealthResponse__Output>
      MetricsResponse: MessageTypeDefinition<_orchestrator_v1_MetricsResponse, _orchestrator_v1_MetricsResponse__Output>
      /**
       * Executes tasks and tells of them. Errors of a call are gRPC statuses: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND (an id
       * that is unknown, or another tenant's), RESOURCE_EXHAUSTED, UNAVAILABLE; code, field and hint stand in trailing metadata (docs/grpc.md). A submission that is
       * refused is an answer with success=false. A stream that the runner cuts short because it stops is UNAVAILABLE, never OK.
       */
      OrchestratorService: SubtypeConstructor<typeof grpc.Client, _orchestrator_v1_OrchestratorServiceClient> & { service: _orchestrator_v1_OrchestratorServiceDefinition }
      StartWorkflowRunRequest: MessageTypeDefinition<_orchestrator_v1_StartWorkflowRunRequest, _orchestrator_v1_StartWorkflowRunRequest__Output>
      StartWorkflowRunResponse: MessageTypeDefinition<_orchestrator_v1_StartWorkflowRunResponse, _orchestrator_v1_StartWorkflowRunResponse__Output>
      StreamEventsRequest: MessageTypeDefinition<_orchestrator_v1_StreamEventsRequest, _orchestrator_v1_StreamEventsRequest__Output>
      StreamTaskResultsRequest: MessageTypeDefinition<_orchestrator_v1_StreamTaskResultsRequest, _orchestrator_v1_StreamTaskResultsRequest__Output>
      StreamWorkflowStatusRequest: MessageTypeDefinition<_orchestrator_v1_StreamWorkflowStatusRequest, _orchestrator_v1_StreamWorkflowStatusRequest__Output>
      SubmitTaskRequest: MessageTypeDefinition<_orchestrator_v1_SubmitTaskRequest, _orchestrator_v1_SubmitTaskRequest__Output>
      SubmitTaskResponse: MessageTypeDefinition<_orchestrator_v1_SubmitTaskResponse, _orchestrator_v1_SubmitTaskResponse__Output>
      SystemEvent: MessageTypeDefinition<_orchestrator_v1_SystemEvent, _orchestrator_v1_SystemEvent__Output>
      TaskResult: MessageTypeDefinition<_orchestrator_v1_TaskResult, _orchestrator_v1_TaskResult__Output>
      WorkflowStatusUpdate: MessageTypeDefinition<_orchestrator_v1_WorkflowStatusUpdate, _orchestrator_v1_WorkflowStatusUpdate__Output>
    }
  }
}

