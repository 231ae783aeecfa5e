// Original file: proto/runner/v1/runner.proto


export interface TaskAck {
  'task_id'?: (string);
  /**
   * The task reached a durable end here, be it completed or failed. False: hand it out again.
   */
  'success'?: (boolean);
  'error'?: (string);
}

export interface TaskAck__Output {
  'task_id': (string);
  /**
   * The task reached a durable end here, be it completed or failed. False: hand it out again.
   */
  'success': (boolean);
  'error': (string);
}
