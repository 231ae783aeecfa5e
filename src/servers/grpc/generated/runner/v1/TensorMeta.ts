// Original file: proto/runner/v1/runner.proto

import type { Long } from '@grpc/proto-loader';

export interface TensorMeta {
  'name'?: (string);
  'shape'?: (number | string | Long)[];
  'dtype'?: (string);
}

export interface TensorMeta__Output {
  'name': (string);
  'shape': (number)[];
  'dtype': (string);
}
