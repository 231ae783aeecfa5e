// Original file: proto/runner/v1/runner.proto

import type { Long } from '@grpc/proto-loader';

export interface WorkerHeartbeat {
  'worker_id'?: (string);
  'processed'?: (number | string | Long);
  'failed'?: (number | string | Long);
}

export interface WorkerHeartbeat__Output {
  'worker_id': (string);
  'processed': (number);
  'failed': (number);
}
