// Original file: proto/envrunner/v1/envrunner.proto

import type { Long } from '@grpc/proto-loader';

export interface OutputFile {
  'name'?: (string);
  /**
   * Where it was stored: an absolute path, or a URI.
   */
  'path'?: (string);
  'type'?: (string);
  'size_bytes'?: (number | string | Long);
  /**
   * sha256:…
   */
  'checksum'?: (string);
}

export interface OutputFile__Output {
  'name': (string);
  /**
   * Where it was stored: an absolute path, or a URI.
   */
  'path': (string);
  'type': (string);
  'size_bytes': (number);
  /**
   * sha256:…
   */
  'checksum': (string);
}
