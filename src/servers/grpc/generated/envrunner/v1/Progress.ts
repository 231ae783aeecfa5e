// Original file: proto/envrunner/v1/envrunner.proto


export interface Progress {
  'percent'?: (number | string);
  'step'?: (string);
  'message'?: (string);
  '_percent'?: "percent";
}

export interface Progress__Output {
  'percent'?: (number);
  'step': (string);
  'message': (string);
  '_percent'?: "percent";
}
