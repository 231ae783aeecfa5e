// Original file: proto/envrunner/v1/envrunner.proto


export interface CancelTaskRequest {
  'id'?: (string);
  'reason'?: (string);
}

export interface CancelTaskRequest__Output {
  'id': (string);
  'reason': (string);
}
