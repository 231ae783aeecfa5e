// Original file: proto/runner/v1/runner.proto

import type { Mount as _runner_v1_Mount, Mount__Output as _runner_v1_Mount__Output } from '../../runner/v1/Mount.ts';
import type { ResourceHints as _runner_v1_ResourceHints, ResourceHints__Output as _runner_v1_ResourceHints__Output } from '../../runner/v1/ResourceHints.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunEnv {
  /**
   * Empty: natively, where the class may.
   */
  'oci_image'?: (string);
  'argv'?: (string)[];
  'env'?: ({[key: string]: string});
  'mounts'?: (_runner_v1_Mount)[];
  /**
   * 0: the class's own limit.
   */
  'hard_timeout_ms'?: (number | string | Long);
  'resources'?: (_runner_v1_ResourceHints | null);
  /**
   * sha256:… of the image; with it, exactly that image runs.
   */
  'content_digest'?: (string);
}

export interface RunEnv__Output {
  /**
   * Empty: natively, where the class may.
   */
  'oci_image': (string);
  'argv': (string)[];
  'env': ({[key: string]: string});
  'mounts': (_runner_v1_Mount__Output)[];
  /**
   * 0: the class's own limit.
   */
  'hard_timeout_ms': (number);
  'resources': (_runner_v1_ResourceHints__Output | null);
  /**
   * sha256:… of the image; with it, exactly that image runs.
   */
  'content_digest': (string);
}
