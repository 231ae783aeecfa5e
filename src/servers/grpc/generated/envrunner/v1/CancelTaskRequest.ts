// Original file: proto/envrunner/v1/envrunner.proto


export interface CancelTaskRequest {
  'id'?: (string);
  /**
   * Up to 1,000 characters; stands in the task's error.
   */
  'reason'?: (string);
}

export interface CancelTaskRequest__Output {
  'id': (string);
  /**
   * Up to 1,000 characters; stands in the task's error.
   */
  'reason': (string);
}
