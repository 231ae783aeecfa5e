// Original file: proto/envrunner/v1/envrunner.proto


export interface CancelArrayRequest {
  'id'?: (string);
  'reason'?: (string);
}

export interface CancelArrayRequest__Output {
  'id': (string);
  'reason': (string);
}
