import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Array as _envrunner_v1_Array, Array__Output as _envrunner_v1_Array__Output } from './envrunner/v1/Array.ts';
import type { ArrayServiceClient as _envrunner_v1_ArrayServiceClient, ArrayServiceDefinition as _envrunner_v1_ArrayServiceDefinition } from './envrunner/v1/ArrayService.ts';
import type { Artifacts as _envrunner_v1_Artifacts, Artifacts__Output as _envrunner_v1_Artifacts__Output } from './envrunner/v1/Artifacts.ts';
import type { CancelArrayRequest as _envrunner_v1_CancelArrayRequest, CancelArrayRequest__Output as _envrunner_v1_CancelArrayRequest__Output } from './envrunner/v1/CancelArrayRequest.ts';
import type { CancelTaskRequest as _envrunner_v1_CancelTaskRequest, CancelTaskRequest__Output as _envrunner_v1_CancelTaskRequest__Output } from './envrunner/v1/CancelTaskRequest.ts';
import type { DrainRequest as _envrunner_v1_DrainRequest, DrainRequest__Output as _envrunner_v1_DrainRequest__Output } from './envrunner/v1/DrainRequest.ts';
import type { Execution as _envrunner_v1_Execution, Execution__Output as _envrunner_v1_Execution__Output } from './envrunner/v1/Execution.ts';
import type { ExplainTaskResponse as _envrunner_v1_ExplainTaskResponse, ExplainTaskResponse__Output as _envrunner_v1_ExplainTaskResponse__Output } from './envrunner/v1/ExplainTaskResponse.ts';
import type { GetArrayRequest as _envrunner_v1_GetArrayRequest, GetArrayRequest__Output as _envrunner_v1_GetArrayRequest__Output } from './envrunner/v1/GetArrayRequest.ts';
import type { GetStatusRequest as _envrunner_v1_GetStatusRequest, GetStatusRequest__Output as _envrunner_v1_GetStatusRequest__Output } from './envrunner/v1/GetStatusRequest.ts';
import type { GetTaskRequest as _envrunner_v1_GetTaskRequest, GetTaskRequest__Output as _envrunner_v1_GetTaskRequest__Output } from './envrunner/v1/GetTaskRequest.ts';
import type { Input as _envrunner_v1_Input, Input__Output as _envrunner_v1_Input__Output } from './envrunner/v1/Input.ts';
import type { ListTasksRequest as _envrunner_v1_ListTasksRequest, ListTasksRequest__Output as _envrunner_v1_ListTasksRequest__Output } from './envrunner/v1/ListTasksRequest.ts';
import type { ListTasksResponse as _envrunner_v1_ListTasksResponse, ListTasksResponse__Output as _envrunner_v1_ListTasksResponse__Output } from './envrunner/v1/ListTasksResponse.ts';
import type { LogChunk as _envrunner_v1_LogChunk, LogChunk__Output as _envrunner_v1_LogChunk__Output } from './envrunner/v1/LogChunk.ts';
import type { Mount as _envrunner_v1_Mount, Mount__Output as _envrunner_v1_Mount__Output } from './envrunner/v1/Mount.ts';
import type { Output as _envrunner_v1_Output, Output__Output as _envrunner_v1_Output__Output } from './envrunner/v1/Output.ts';
import type { OutputFile as _envrunner_v1_OutputFile, OutputFile__Output as _envrunner_v1_OutputFile__Output } from './envrunner/v1/OutputFile.ts';
import type { PauseRequest as _envrunner_v1_PauseRequest, PauseRequest__Output as _envrunner_v1_PauseRequest__Output } from './envrunner/v1/PauseRequest.ts';
import type { Places as _envrunner_v1_Places, Places__Output as _envrunner_v1_Places__Output } from './envrunner/v1/Places.ts';
import type { Progress as _envrunner_v1_Progress, Progress__Output as _envrunner_v1_Progress__Output } from './envrunner/v1/Progress.ts';
import type { PythonCall as _envrunner_v1_PythonCall, PythonCall__Output as _envrunner_v1_PythonCall__Output } from './envrunner/v1/PythonCall.ts';
import type { ReadLogsRequest as _envrunner_v1_ReadLogsRequest, ReadLogsRequest__Output as _envrunner_v1_ReadLogsRequest__Output } from './envrunner/v1/ReadLogsRequest.ts';
import type { RerunArrayRequest as _envrunner_v1_RerunArrayRequest, RerunArrayRequest__Output as _envrunner_v1_RerunArrayRequest__Output } from './envrunner/v1/RerunArrayRequest.ts';
import type { Resources as _envrunner_v1_Resources, Resources__Output as _envrunner_v1_Resources__Output } from './envrunner/v1/Resources.ts';
import type { Result as _envrunner_v1_Result, Result__Output as _envrunner_v1_Result__Output } from './envrunner/v1/Result.ts';
import type { ResumeRequest as _envrunner_v1_ResumeRequest, ResumeRequest__Output as _envrunner_v1_ResumeRequest__Output } from './envrunner/v1/ResumeRequest.ts';
import type { RunnerServiceClient as _envrunner_v1_RunnerServiceClient, RunnerServiceDefinition as _envrunner_v1_RunnerServiceDefinition } from './envrunner/v1/RunnerService.ts';
import type { RunnerStatus as _envrunner_v1_RunnerStatus, RunnerStatus__Output as _envrunner_v1_RunnerStatus__Output } from './envrunner/v1/RunnerStatus.ts';
import type { SubmitArrayRequest as _envrunner_v1_SubmitArrayRequest, SubmitArrayRequest__Output as _envrunner_v1_SubmitArrayRequest__Output } from './envrunner/v1/SubmitArrayRequest.ts';
import type { SubmitTaskRequest as _envrunner_v1_SubmitTaskRequest, SubmitTaskRequest__Output as _envrunner_v1_SubmitTaskRequest__Output } from './envrunner/v1/SubmitTaskRequest.ts';
import type { SubmitTaskResponse as _envrunner_v1_SubmitTaskResponse, SubmitTaskResponse__Output as _envrunner_v1_SubmitTaskResponse__Output } from './envrunner/v1/SubmitTaskResponse.ts';
import type { Task as _envrunner_v1_Task, Task__Output as _envrunner_v1_Task__Output } from './envrunner/v1/Task.ts';
import type { TaskServiceClient as _envrunner_v1_TaskServiceClient, TaskServiceDefinition as _envrunner_v1_TaskServiceDefinition } from './envrunner/v1/TaskService.ts';
import type { TaskSpec as _envrunner_v1_TaskSpec, TaskSpec__Output as _envrunner_v1_TaskSpec__Output } from './envrunner/v1/TaskSpec.ts';
import type { TaskUpdate as _envrunner_v1_TaskUpdate, TaskUpdate__Output as _envrunner_v1_TaskUpdate__Output } from './envrunner/v1/TaskUpdate.ts';
import type { WaitTaskRequest as _envrunner_v1_WaitTaskRequest, WaitTaskRequest__Output as _envrunner_v1_WaitTaskRequest__Output } from './envrunner/v1/WaitTaskRequest.ts';
import type { WatchTasksRequest as _envrunner_v1_WatchTasksRequest, WatchTasksRequest__Output as _envrunner_v1_WatchTasksRequest__Output } from './envrunner/v1/WatchTasksRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  envrunner: {
    v1: {
      Array: MessageTypeDefinition<_envrunner_v1_Array, _envrunner_v1_Array__Output>
      /**
       * N tasks from one template; errors as above.
       */
      ArrayService: SubtypeConstructor<typeof grpc.Client, _envrunner_v1_ArrayServiceClient> & { service: _envrunner_v1_ArrayServiceDefinition }
      Artifacts: MessageTypeDefinition<_envrunner_v1_Artifacts, _envrunner_v1_Artifacts__Output>
      CancelArrayRequest: MessageTypeDefinition<_envrunner_v1_CancelArrayRequest, _envrunner_v1_CancelArrayRequest__Output>
      CancelTaskRequest: MessageTypeDefinition<_envrunner_v1_CancelTaskRequest, _envrunner_v1_CancelTaskRequest__Output>
      DrainRequest: MessageTypeDefinition<_envrunner_v1_DrainRequest, _envrunner_v1_DrainRequest__Output>
      Execution: MessageTypeDefinition<_envrunner_v1_Execution, _envrunner_v1_Execution__Output>
      ExplainTaskResponse: MessageTypeDefinition<_envrunner_v1_ExplainTaskResponse, _envrunner_v1_ExplainTaskResponse__Output>
      GetArrayRequest: MessageTypeDefinition<_envrunner_v1_GetArrayRequest, _envrunner_v1_GetArrayRequest__Output>
      GetStatusRequest: MessageTypeDefinition<_envrunner_v1_GetStatusRequest, _envrunner_v1_GetStatusRequest__Output>
      GetTaskRequest: MessageTypeDefinition<_envrunner_v1_GetTaskRequest, _envrunner_v1_GetTaskRequest__Output>
      Input: MessageTypeDefinition<_envrunner_v1_Input, _envrunner_v1_Input__Output>
      ListTasksRequest: MessageTypeDefinition<_envrunner_v1_ListTasksRequest, _envrunner_v1_ListTasksRequest__Output>
      ListTasksResponse: MessageTypeDefinition<_envrunner_v1_ListTasksResponse, _envrunner_v1_ListTasksResponse__Output>
      LogChunk: MessageTypeDefinition<_envrunner_v1_LogChunk, _envrunner_v1_LogChunk__Output>
      LogStream: EnumTypeDefinition
      Mount: MessageTypeDefinition<_envrunner_v1_Mount, _envrunner_v1_Mount__Output>
      Output: MessageTypeDefinition<_envrunner_v1_Output, _envrunner_v1_Output__Output>
      OutputFile: MessageTypeDefinition<_envrunner_v1_OutputFile, _envrunner_v1_OutputFile__Output>
      PauseRequest: MessageTypeDefinition<_envrunner_v1_PauseRequest, _envrunner_v1_PauseRequest__Output>
      Places: MessageTypeDefinition<_envrunner_v1_Places, _envrunner_v1_Places__Output>
      Progress: MessageTypeDefinition<_envrunner_v1_Progress, _envrunner_v1_Progress__Output>
      PythonCall: MessageTypeDefinition<_envrunner_v1_PythonCall, _envrunner_v1_PythonCall__Output>
      ReadLogsRequest: MessageTypeDefinition<_envrunner_v1_ReadLogsRequest, _envrunner_v1_ReadLogsRequest__Output>
      RerunArrayRequest: MessageTypeDefinition<_envrunner_v1_RerunArrayRequest, _envrunner_v1_RerunArrayRequest__Output>
      Resources: MessageTypeDefinition<_envrunner_v1_Resources, _envrunner_v1_Resources__Output>
      Result: MessageTypeDefinition<_envrunner_v1_Result, _envrunner_v1_Result__Output>
      ResumeRequest: MessageTypeDefinition<_envrunner_v1_ResumeRequest, _envrunner_v1_ResumeRequest__Output>
      /**
       * The runner itself. Pause, Resume and Drain want the role admin.
       */
      RunnerService: SubtypeConstructor<typeof grpc.Client, _envrunner_v1_RunnerServiceClient> & { service: _envrunner_v1_RunnerServiceDefinition }
      RunnerStatus: MessageTypeDefinition<_envrunner_v1_RunnerStatus, _envrunner_v1_RunnerStatus__Output>
      SubmitArrayRequest: MessageTypeDefinition<_envrunner_v1_SubmitArrayRequest, _envrunner_v1_SubmitArrayRequest__Output>
      SubmitTaskRequest: MessageTypeDefinition<_envrunner_v1_SubmitTaskRequest, _envrunner_v1_SubmitTaskRequest__Output>
      SubmitTaskResponse: MessageTypeDefinition<_envrunner_v1_SubmitTaskResponse, _envrunner_v1_SubmitTaskResponse__Output>
      Task: MessageTypeDefinition<_envrunner_v1_Task, _envrunner_v1_Task__Output>
      TaskClass: EnumTypeDefinition
      /**
       * Tasks of the caller's tenant; another tenant's id is NOT_FOUND. An error of a call is a gRPC status whose message is "CODE: sentence (field). Hint.";
       * its trailing metadata has env-runner-code (docs/errors.md), env-runner-path (the field as the request spells it, such as spec.execution.command[0]) and
       * env-runner-hint. A call that the runner cuts short because it stops is UNAVAILABLE: come back with the same request, or behind the last cursor.
       */
      TaskService: SubtypeConstructor<typeof grpc.Client, _envrunner_v1_TaskServiceClient> & { service: _envrunner_v1_TaskServiceDefinition }
      TaskSpec: MessageTypeDefinition<_envrunner_v1_TaskSpec, _envrunner_v1_TaskSpec__Output>
      TaskState: EnumTypeDefinition
      TaskUpdate: MessageTypeDefinition<_envrunner_v1_TaskUpdate, _envrunner_v1_TaskUpdate__Output>
      WaitTaskRequest: MessageTypeDefinition<_envrunner_v1_WaitTaskRequest, _envrunner_v1_WaitTaskRequest__Output>
      WatchTasksRequest: MessageTypeDefinition<_envrunner_v1_WatchTasksRequest, _envrunner_v1_WatchTasksRequest__Output>
    }
  }
}

