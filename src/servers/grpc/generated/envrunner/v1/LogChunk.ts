// Original file: proto/envrunner/v1/envrunner.proto

import type { LogStream as _envrunner_v1_LogStream, LogStream__Output as _envrunner_v1_LogStream__Output } from '../../envrunner/v1/LogStream.ts';
import type { Long } from '@grpc/proto-loader';

export interface LogChunk {
  'stream'?: (_envrunner_v1_LogStream);
  'attempt'?: (number);
  /**
   * Of the first byte, in the stream of this attempt.
   */
  'offset'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
  /**
   * Bytes before these that were given back because the log was over its cap.
   */
  'gap'?: (number | string | Long);
}

export interface LogChunk__Output {
  'stream': (_envrunner_v1_LogStream__Output);
  'attempt': (number);
  /**
   * Of the first byte, in the stream of this attempt.
   */
  'offset': (number);
  'data': (Buffer);
  /**
   * Bytes before these that were given back because the log was over its cap.
   */
  'gap': (number);
}
