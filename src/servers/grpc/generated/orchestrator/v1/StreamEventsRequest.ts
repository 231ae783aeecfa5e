// Original file: proto/orchestrator/v1/orchestrator.proto

import type { Long } from '@grpc/proto-loader';

export interface StreamEventsRequest {
  /**
   * Names such as task_completed; empty: all.
   */
  'event_types'?: (string)[];
  /**
   * Unix seconds, inclusive; 0: everything that the journal holds.
   */
  'since_timestamp'?: (number | string | Long);
}

export interface StreamEventsRequest__Output {
  /**
   * Names such as task_completed; empty: all.
   */
  'event_types': (string)[];
  /**
   * Unix seconds, inclusive; 0: everything that the journal holds.
   */
  'since_timestamp': (number);
}
