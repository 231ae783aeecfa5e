// Original file: proto/envrunner/v1/envrunner.proto


export interface GetArrayRequest {
  'id'?: (string);
}

export interface GetArrayRequest__Output {
  'id': (string);
}
