// Original file: proto/runner/v1/runner.proto

import type { Mount as _runner_v1_Mount, Mount__Output as _runner_v1_Mount__Output } from '../../runner/v1/Mount.ts';
import type { ResourceHints as _runner_v1_ResourceHints, ResourceHints__Output as _runner_v1_ResourceHints__Output } from '../../runner/v1/ResourceHints.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunEnv {
  /**
   * Empty: natively, where the class may.
   */
  'oci_image'?: (string);
  /**
   * What runs; in an image with an entrypoint, its arguments. Empty: what the image runs.
   */
  'argv'?: (string)[];
  'env'?: ({[key: string]: string});
  'mounts'?: (_runner_v1_Mount)[];
  /**
   * Decides the class: cpu_short up to its limit (a minute, unless configured), else cpu_long. 0: the limit of cpu_long with an image, of cpu_short without.
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
  /**
   * What runs; in an image with an entrypoint, its arguments. Empty: what the image runs.
   */
  'argv': (string)[];
  'env': ({[key: string]: string});
  'mounts': (_runner_v1_Mount__Output)[];
  /**
   * Decides the class: cpu_short up to its limit (a minute, unless configured), else cpu_long. 0: the limit of cpu_long with an image, of cpu_short without.
   */
  'hard_timeout_ms': (number);
  'resources': (_runner_v1_ResourceHints__Output | null);
  /**
   * sha256:… of the image; with it, exactly that image runs.
   */
  'content_digest': (string);
}
