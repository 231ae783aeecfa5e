// Original file: proto/envrunner/v1/envrunner.proto

import type { PythonCall as _envrunner_v1_PythonCall, PythonCall__Output as _envrunner_v1_PythonCall__Output } from '../../envrunner/v1/PythonCall.ts';
import type { Mount as _envrunner_v1_Mount, Mount__Output as _envrunner_v1_Mount__Output } from '../../envrunner/v1/Mount.ts';
import type { Resources as _envrunner_v1_Resources, Resources__Output as _envrunner_v1_Resources__Output } from '../../envrunner/v1/Resources.ts';

export interface Execution {
  'image'?: (string);
  'entrypoint'?: (string)[];
  'command'?: (string)[];
  'python'?: (_envrunner_v1_PythonCall | null);
  'env'?: ({[key: string]: string});
  'mounts'?: (_envrunner_v1_Mount)[];
  'resources'?: (_envrunner_v1_Resources | null);
  'timeout_seconds'?: (number | string);
  'working_dir'?: (string);
  'container_workdir'?: (string);
  'secrets'?: (string)[];
  'network'?: (string);
  /**
   * Runtime of the container engine, such as runsc.
   */
  'runtime'?: (string);
  '_timeout_seconds'?: "timeout_seconds";
}

export interface Execution__Output {
  'image': (string);
  'entrypoint': (string)[];
  'command': (string)[];
  'python': (_envrunner_v1_PythonCall__Output | null);
  'env': ({[key: string]: string});
  'mounts': (_envrunner_v1_Mount__Output)[];
  'resources': (_envrunner_v1_Resources__Output | null);
  'timeout_seconds'?: (number);
  'working_dir': (string);
  'container_workdir': (string);
  'secrets': (string)[];
  'network': (string);
  /**
   * Runtime of the container engine, such as runsc.
   */
  'runtime': (string);
  '_timeout_seconds'?: "timeout_seconds";
}
