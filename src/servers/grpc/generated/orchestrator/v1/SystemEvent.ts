// Original file: proto/orchestrator/v1/orchestrator.proto

import type { Long } from '@grpc/proto-loader';

export interface SystemEvent {
  'event_type'?: (string);
  /**
   * The task, or the runner.
   */
  'resource_id'?: (string);
  /**
   * The event's data; nested values are JSON text.
   */
  'data'?: ({[key: string]: string});
  /**
   * Unix seconds.
   */
  'timestamp'?: (number | string | Long);
}

export interface SystemEvent__Output {
  'event_type': (string);
  /**
   * The task, or the runner.
   */
  'resource_id': (string);
  /**
   * The event's data; nested values are JSON text.
   */
  'data': ({[key: string]: string});
  /**
   * Unix seconds.
   */
  'timestamp': (number);
}
