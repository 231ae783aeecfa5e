// Original file: proto/runner/v1/runner.proto

import type { Long } from '@grpc/proto-loader';

export interface TaskAssignment {
  /**
   * topic-partition-offset.
   */
  'task_id'?: (string);
  'tenant'?: (string);
  'topic'?: (string);
  /**
   * JSON.
   */
  'payload'?: (Buffer | Uint8Array | string);
  'offset'?: (number | string | Long);
  'partition'?: (string);
}

export interface TaskAssignment__Output {
  /**
   * topic-partition-offset.
   */
  'task_id': (string);
  'tenant': (string);
  'topic': (string);
  /**
   * JSON.
   */
  'payload': (Buffer);
  'offset': (number);
  'partition': (string);
}
