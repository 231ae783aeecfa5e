// Original file: proto/runner/v1/runner.proto

import type { Long } from '@grpc/proto-loader';

export interface WorkerHello {
  'worker_id'?: (string);
  'max_inflight'?: (number);
  'version'?: (string);
  'mesh_enabled'?: (boolean);
  'mesh_node_id'?: (number | string | Long);
  'mesh_domain'?: (string);
}

export interface WorkerHello__Output {
  'worker_id': (string);
  'max_inflight': (number);
  'version': (string);
  'mesh_enabled': (boolean);
  'mesh_node_id': (number);
  'mesh_domain': (string);
}
