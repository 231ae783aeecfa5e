// Original file: proto/envrunner/v1/envrunner.proto


export interface DrainRequest {
  'reason'?: (string);
}

export interface DrainRequest__Output {
  'reason': (string);
}
