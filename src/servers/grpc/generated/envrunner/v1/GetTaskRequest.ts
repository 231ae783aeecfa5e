// Original file: proto/envrunner/v1/envrunner.proto


export interface GetTaskRequest {
  'id'?: (string);
}

export interface GetTaskRequest__Output {
  'id': (string);
}
