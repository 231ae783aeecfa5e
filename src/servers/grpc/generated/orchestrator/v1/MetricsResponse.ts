// Original file: proto/orchestrator/v1/orchestrator.proto

import type { Long } from '@grpc/proto-loader';

export interface MetricsResponse {
  'metrics'?: ({[key: string]: number | string});
  /**
   * Unix seconds.
   */
  'timestamp'?: (number | string | Long);
}

export interface MetricsResponse__Output {
  'metrics': ({[key: string]: number});
  /**
   * Unix seconds.
   */
  'timestamp': (number);
}
