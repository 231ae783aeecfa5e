// Original file: proto/orchestrator/v1/orchestrator.proto


export interface GetTaskStatusRequest {
  'task_id'?: (string);
}

export interface GetTaskStatusRequest__Output {
  'task_id': (string);
}
