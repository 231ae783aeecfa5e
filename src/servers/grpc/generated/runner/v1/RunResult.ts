// Original file: proto/runner/v1/runner.proto

import type { LogLine as _runner_v1_LogLine, LogLine__Output as _runner_v1_LogLine__Output } from '../../runner/v1/LogLine.ts';
import type { TensorMeta as _runner_v1_TensorMeta, TensorMeta__Output as _runner_v1_TensorMeta__Output } from '../../runner/v1/TensorMeta.ts';

export interface RunResult {
  /**
   * Of the process; 128 + the signal when one ended it; -1 when the job has none.
   */
  'exit_code'?: (number);
  /**
   * The last lines of both streams, stdout first (logs.tail_bytes of each); for a job that did not succeed then why.
   */
  'logs'?: (_runner_v1_LogLine)[];
  /**
   * As the job reported them in its result's "outputs" with name, shape and dtype.
   */
  'outputs'?: (_runner_v1_TensorMeta)[];
  /**
   * Equal for runs of the same image (as it was found, whatever its tag), command, environment, mounts and inputs.
   */
  'cache_key'?: (string);
}

export interface RunResult__Output {
  /**
   * Of the process; 128 + the signal when one ended it; -1 when the job has none.
   */
  'exit_code': (number);
  /**
   * The last lines of both streams, stdout first (logs.tail_bytes of each); for a job that did not succeed then why.
   */
  'logs': (_runner_v1_LogLine__Output)[];
  /**
   * As the job reported them in its result's "outputs" with name, shape and dtype.
   */
  'outputs': (_runner_v1_TensorMeta__Output)[];
  /**
   * Equal for runs of the same image (as it was found, whatever its tag), command, environment, mounts and inputs.
   */
  'cache_key': (string);
}
