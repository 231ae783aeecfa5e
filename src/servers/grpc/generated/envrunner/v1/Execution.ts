// Original file: proto/envrunner/v1/envrunner.proto

import type { PythonCall as _envrunner_v1_PythonCall, PythonCall__Output as _envrunner_v1_PythonCall__Output } from '../../envrunner/v1/PythonCall.ts';
import type { Mount as _envrunner_v1_Mount, Mount__Output as _envrunner_v1_Mount__Output } from '../../envrunner/v1/Mount.ts';
import type { Resources as _envrunner_v1_Resources, Resources__Output as _envrunner_v1_Resources__Output } from '../../envrunner/v1/Resources.ts';

/**
 * An empty text is an absent one here. A field that this version does not execute is refused (UNIMPLEMENTED), never ignored.
 */
export interface Execution {
  /**
   * Of a container; empty: natively, where the class may.
   */
  'image'?: (string);
  /**
   * In the place of the image's own.
   */
  'entrypoint'?: (string)[];
  /**
   * Program and arguments, not a line for a shell.
   */
  'command'?: (string)[];
  /**
   * In the place of a command.
   */
  'python'?: (_envrunner_v1_PythonCall | null);
  'env'?: ({[key: string]: string});
  /**
   * Directories of the host, as far as policy.allowed_mounts allows them.
   */
  'mounts'?: (_envrunner_v1_Mount)[];
  'resources'?: (_envrunner_v1_Resources | null);
  /**
   * Of one attempt; absent: that of the class, which is the ceiling, too.
   */
  'timeout_seconds'?: (number | string);
  'working_dir'?: (string);
  'container_workdir'?: (string);
  'secrets'?: (string)[];
  /**
   * Empty: none.
   */
  'network'?: (string);
  /**
   * Runtime of the container engine, such as runsc.
   */
  'runtime'?: (string);
  '_timeout_seconds'?: "timeout_seconds";
}

/**
 * An empty text is an absent one here. A field that this version does not execute is refused (UNIMPLEMENTED), never ignored.
 */
export interface Execution__Output {
  /**
   * Of a container; empty: natively, where the class may.
   */
  'image': (string);
  /**
   * In the place of the image's own.
   */
  'entrypoint': (string)[];
  /**
   * Program and arguments, not a line for a shell.
   */
  'command': (string)[];
  /**
   * In the place of a command.
   */
  'python': (_envrunner_v1_PythonCall__Output | null);
  'env': ({[key: string]: string});
  /**
   * Directories of the host, as far as policy.allowed_mounts allows them.
   */
  'mounts': (_envrunner_v1_Mount__Output)[];
  'resources': (_envrunner_v1_Resources__Output | null);
  /**
   * Of one attempt; absent: that of the class, which is the ceiling, too.
   */
  'timeout_seconds'?: (number);
  'working_dir': (string);
  'container_workdir': (string);
  'secrets': (string)[];
  /**
   * Empty: none.
   */
  'network': (string);
  /**
   * Runtime of the container engine, such as runsc.
   */
  'runtime': (string);
  '_timeout_seconds'?: "timeout_seconds";
}
