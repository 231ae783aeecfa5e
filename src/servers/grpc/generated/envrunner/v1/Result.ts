// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskState as _envrunner_v1_TaskState, TaskState__Output as _envrunner_v1_TaskState__Output } from '../../envrunner/v1/TaskState.ts';
import type { OutputFile as _envrunner_v1_OutputFile, OutputFile__Output as _envrunner_v1_OutputFile__Output } from '../../envrunner/v1/OutputFile.ts';
import type { Long } from '@grpc/proto-loader';

export interface Result {
  'state'?: (_envrunner_v1_TaskState);
  /**
   * Of the process; absent when there was none, or none is known.
   */
  'exit_code'?: (number);
  /**
   * The number of the signal that ended it.
   */
  'signal'?: (number);
  'attempts'?: (number);
  /**
   * Run time of the last attempt.
   */
  'latency_ms'?: (number | string);
  'outputs'?: (_envrunner_v1_OutputFile)[];
  /**
   * As the task told them, the last value of each.
   */
  'metrics'?: ({[key: string]: number | string});
  /**
   * What the task gave as its result, JSON; empty: nothing.
   */
  'runner_output_json'?: (string);
  /**
   * docs/errors.md; empty: it completed.
   */
  'error_code'?: (string);
  /**
   * Code, exit code and the end of stderr.
   */
  'error'?: (string);
  /**
   * The end of each stream of the last attempt (logs.tail_bytes), and how many bytes it printed.
   */
  'stdout_tail'?: (string);
  'stderr_tail'?: (string);
  'stdout_bytes'?: (number | string | Long);
  'stderr_bytes'?: (number | string | Long);
  /**
   * The image that it ran in, as a registry serves it (repository@sha256:…), else its id on the host (sha256:…); empty: no container.
   */
  'image_digest'?: (string);
  'logs_url'?: (string);
  '_exit_code'?: "exit_code";
  '_signal'?: "signal";
}

export interface Result__Output {
  'state': (_envrunner_v1_TaskState__Output);
  /**
   * Of the process; absent when there was none, or none is known.
   */
  'exit_code'?: (number);
  /**
   * The number of the signal that ended it.
   */
  'signal'?: (number);
  'attempts': (number);
  /**
   * Run time of the last attempt.
   */
  'latency_ms': (number);
  'outputs': (_envrunner_v1_OutputFile__Output)[];
  /**
   * As the task told them, the last value of each.
   */
  'metrics': ({[key: string]: number});
  /**
   * What the task gave as its result, JSON; empty: nothing.
   */
  'runner_output_json': (string);
  /**
   * docs/errors.md; empty: it completed.
   */
  'error_code': (string);
  /**
   * Code, exit code and the end of stderr.
   */
  'error': (string);
  /**
   * The end of each stream of the last attempt (logs.tail_bytes), and how many bytes it printed.
   */
  'stdout_tail': (string);
  'stderr_tail': (string);
  'stdout_bytes': (number);
  'stderr_bytes': (number);
  /**
   * The image that it ran in, as a registry serves it (repository@sha256:…), else its id on the host (sha256:…); empty: no container.
   */
  'image_digest': (string);
  'logs_url': (string);
  '_exit_code'?: "exit_code";
  '_signal'?: "signal";
}
