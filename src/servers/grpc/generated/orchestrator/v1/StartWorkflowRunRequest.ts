// Original file: proto/orchestrator/v1/orchestrator.proto


export interface StartWorkflowRunRequest {
  'workflow_id'?: (string);
  'idempotency_key'?: (string);
  'input'?: ({[key: string]: string});
}

export interface StartWorkflowRunRequest__Output {
  'workflow_id': (string);
  'idempotency_key': (string);
  'input': ({[key: string]: string});
}
