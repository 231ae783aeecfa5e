// Original file: proto/orchestrator/v1/orchestrator.proto


export interface StartWorkflowRunResponse {
  'success'?: (boolean);
  'run_id'?: (string);
  'error'?: (string);
}

export interface StartWorkflowRunResponse__Output {
  'success': (boolean);
  'run_id': (string);
  'error': (string);
}
