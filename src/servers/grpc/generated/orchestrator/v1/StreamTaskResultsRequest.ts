// Original file: proto/orchestrator/v1/orchestrator.proto


export interface StreamTaskResultsRequest {
  /**
   * Empty: every task of the caller's tenant, until the call is cancelled.
   */
  'task_ids'?: (string)[];
  /**
   * Begin with the tasks that have ended already.
   */
  'include_completed'?: (boolean);
}

export interface StreamTaskResultsRequest__Output {
  /**
   * Empty: every task of the caller's tenant, until the call is cancelled.
   */
  'task_ids': (string)[];
  /**
   * Begin with the tasks that have ended already.
   */
  'include_completed': (boolean);
}
