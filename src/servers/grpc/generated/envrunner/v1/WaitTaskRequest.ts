// Original file: proto/envrunner/v1/envrunner.proto


export interface WaitTaskRequest {
  'id'?: (string);
  /**
   * Absent: until the end, or the deadline of the call.
   */
  'timeout_seconds'?: (number | string);
  '_timeout_seconds'?: "timeout_seconds";
}

export interface WaitTaskRequest__Output {
  'id': (string);
  /**
   * Absent: until the end, or the deadline of the call.
   */
  'timeout_seconds'?: (number);
  '_timeout_seconds'?: "timeout_seconds";
}
