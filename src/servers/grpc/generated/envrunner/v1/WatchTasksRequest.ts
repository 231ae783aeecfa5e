// Original file: proto/envrunner/v1/envrunner.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchTasksRequest {
  /**
   * At most 10,000. Empty: every task of the caller's tenant, until the call is cancelled.
   */
  'ids'?: (string)[];
  /**
   * `position` of the last update seen: goes on behind it, without loss or repetition. Absent: listed tasks from their submission on, else from now on.
   */
  'after_position'?: (number | string | Long);
  '_after_position'?: "after_position";
}

export interface WatchTasksRequest__Output {
  /**
   * At most 10,000. Empty: every task of the caller's tenant, until the call is cancelled.
   */
  'ids': (string)[];
  /**
   * `position` of the last update seen: goes on behind it, without loss or repetition. Absent: listed tasks from their submission on, else from now on.
   */
  'after_position'?: (number);
  '_after_position'?: "after_position";
}
