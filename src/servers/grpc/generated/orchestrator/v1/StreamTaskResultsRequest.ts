// Original file: proto/orchestrator/v1/orchestrator.proto


export interface StreamTaskResultsRequest {
  /**
   * At most 10,000, told from their submission on. Empty: every task of the caller's tenant from now on, until the call is cancelled.
   */
  'task_ids'?: (string)[];
  /**
   * Begin with the tasks that have ended already.
   */
  'include_completed'?: (boolean);
}

export interface StreamTaskResultsRequest__Output {
  /**
   * At most 10,000, told from their submission on. Empty: every task of the caller's tenant from now on, until the call is cancelled.
   */
  'task_ids': (string)[];
  /**
   * Begin with the tasks that have ended already.
   */
  'include_completed': (boolean);
}
