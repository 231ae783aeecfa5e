// Original file: proto/envrunner/v1/envrunner.proto

import type { LogStream as _envrunner_v1_LogStream, LogStream__Output as _envrunner_v1_LogStream__Output } from '../../envrunner/v1/LogStream.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReadLogsRequest {
  'id'?: (string);
  /**
   * Empty: both.
   */
  'streams'?: (_envrunner_v1_LogStream)[];
  /**
   * 0: the last one; followed, every attempt from the last on. A follower may name the attempt that comes next, and waits for it.
   */
  'attempt'?: (number);
  /**
   * Of the first byte wanted, in each stream. OUT_OF_RANGE when it was given back; the hint names the next one that is there.
   */
  'offset'?: (number | string | Long);
  /**
   * Go on until the task has ended and all is read.
   */
  'follow'?: (boolean);
}

export interface ReadLogsRequest__Output {
  'id': (string);
  /**
   * Empty: both.
   */
  'streams': (_envrunner_v1_LogStream__Output)[];
  /**
   * 0: the last one; followed, every attempt from the last on. A follower may name the attempt that comes next, and waits for it.
   */
  'attempt': (number);
  /**
   * Of the first byte wanted, in each stream. OUT_OF_RANGE when it was given back; the hint names the next one that is there.
   */
  'offset': (number);
  /**
   * Go on until the task has ended and all is read.
   */
  'follow': (boolean);
}
