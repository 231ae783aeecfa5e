// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskState as _envrunner_v1_TaskState, TaskState__Output as _envrunner_v1_TaskState__Output } from '../../envrunner/v1/TaskState.ts';
import type { OutputFile as _envrunner_v1_OutputFile, OutputFile__Output as _envrunner_v1_OutputFile__Output } from '../../envrunner/v1/OutputFile.ts';
import type { Long } from '@grpc/proto-loader';

export interface Result {
  'state'?: (_envrunner_v1_TaskState);
  'exit_code'?: (number);
  'signal'?: (number);
  'attempts'?: (number);
  /**
   * Run time of the last attempt.
   */
  'latency_ms'?: (number | string);
  'outputs'?: (_envrunner_v1_OutputFile)[];
  'metrics'?: ({[key: string]: number | string});
  /**
   * What the task gave as its result, JSON; empty: nothing.
   */
  'runner_output_json'?: (string);
  'error_code'?: (string);
  /**
   * Code, exit code and the end of stderr.
   */
  'error'?: (string);
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
  'exit_code'?: (number);
  'signal'?: (number);
  'attempts': (number);
  /**
   * Run time of the last attempt.
   */
  'latency_ms': (number);
  'outputs': (_envrunner_v1_OutputFile__Output)[];
  'metrics': ({[key: string]: number});
  /**
   * What the task gave as its result, JSON; empty: nothing.
   */
  'runner_output_json': (string);
  'error_code': (string);
  /**
   * Code, exit code and the end of stderr.
   */
  'error': (string);
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
