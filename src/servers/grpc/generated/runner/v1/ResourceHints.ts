// Original file: proto/runner/v1/runner.proto

import type { Long } from '@grpc/proto-loader';

export interface ResourceHints {
  'cpu_millicores'?: (number);
  'mem_bytes'?: (number | string | Long);
  'gpu_count'?: (number);
  'gpu_class'?: (string);
}

export interface ResourceHints__Output {
  'cpu_millicores': (number);
  'mem_bytes': (number);
  'gpu_count': (number);
  'gpu_class': (string);
}
