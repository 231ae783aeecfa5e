// Original file: proto/runner/v1/runner.proto

import type { RunEnv as _runner_v1_RunEnv, RunEnv__Output as _runner_v1_RunEnv__Output } from '../../runner/v1/RunEnv.ts';
import type { TensorMeta as _runner_v1_TensorMeta, TensorMeta__Output as _runner_v1_TensorMeta__Output } from '../../runner/v1/TensorMeta.ts';

export interface RunRequest {
  /**
   * Any text; the task behind it is run:TENANT:JOB:RUN where that is a task id, else run: and a hash.
   */
  'job_id'?: (string);
  'run_id'?: (string);
  'env'?: (_runner_v1_RunEnv | null);
  /**
   * Names, shapes and types of what the job reads; handed to it as JSON in ENV_RUNNER_INPUTS.
   */
  'inputs'?: (_runner_v1_TensorMeta)[];
}

export interface RunRequest__Output {
  /**
   * Any text; the task behind it is run:TENANT:JOB:RUN where that is a task id, else run: and a hash.
   */
  'job_id': (string);
  'run_id': (string);
  'env': (_runner_v1_RunEnv__Output | null);
  /**
   * Names, shapes and types of what the job reads; handed to it as JSON in ENV_RUNNER_INPUTS.
   */
  'inputs': (_runner_v1_TensorMeta__Output)[];
}
