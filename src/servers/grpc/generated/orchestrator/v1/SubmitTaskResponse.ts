// Original file: proto/orchestrator/v1/orchestrator.proto


export interface SubmitTaskResponse {
  'success'?: (boolean);
  'task_id'?: (string);
  /**
   * "CODE: sentence (field). Hint." when it was refused; then nothing was started.
   */
  'error'?: (string);
}

export interface SubmitTaskResponse__Output {
  'success': (boolean);
  'task_id': (string);
  /**
   * "CODE: sentence (field). Hint." when it was refused; then nothing was started.
   */
  'error': (string);
}
