// Original file: proto/orchestrator/v1/orchestrator.proto


/**
 * As in TaskResult.
 */
export interface GetTaskStatusResponse {
  'task_id'?: (string);
  'status'?: (string);
  'result'?: ({[key: string]: string});
  'error'?: (string);
}

/**
 * As in TaskResult.
 */
export interface GetTaskStatusResponse__Output {
  'task_id': (string);
  'status': (string);
  'result': ({[key: string]: string});
  'error': (string);
}
