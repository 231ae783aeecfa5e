// Original file: proto/orchestrator/v1/orchestrator.proto


export interface StreamWorkflowStatusRequest {
  'run_id'?: (string);
}

export interface StreamWorkflowStatusRequest__Output {
  'run_id': (string);
}
