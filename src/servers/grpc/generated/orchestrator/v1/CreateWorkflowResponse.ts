// Original file: proto/orchestrator/v1/orchestrator.proto


export interface CreateWorkflowResponse {
  'success'?: (boolean);
  'workflow_id'?: (string);
  'error'?: (string);
}

export interface CreateWorkflowResponse__Output {
  'success': (boolean);
  'workflow_id': (string);
  'error': (string);
}
