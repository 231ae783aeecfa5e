// Original file: proto/envrunner/v1/envrunner.proto

import type { Long } from '@grpc/proto-loader';

export interface OutputFile {
  'name'?: (string);
  'path'?: (string);
  'type'?: (string);
  'size_bytes'?: (number | string | Long);
  'checksum'?: (string);
}

export interface OutputFile__Output {
  'name': (string);
  'path': (string);
  'type': (string);
  'size_bytes': (number);
  'checksum': (string);
}
