// Original file: proto/orchestrator/v1/orchestrator.proto

import type { Long } from '@grpc/proto-loader';

export interface TaskResult {
  'task_id'?: (string);
  /**
   * pending, running, completed or failed. A cancelled task is failed, with an error that begins with "cancelled".
   */
  'status'?: (string);
  /**
   * exit_code, latency_ms, class, attempts, submitted_at, started_at, completed_at (RFC 3339), logs_url; result, metrics, outputs and runner_output as
   * JSON text; of a running task progress (0 to 100), step and message, as far as it told them. What is not known is absent.
   */
  'result'?: ({[key: string]: string});
  /**
   * Code, exit code and the end of stderr; under 64 KiB.
   */
  'error'?: (string);
  /**
   * Run time of the last attempt.
   */
  'duration_ms'?: (number | string);
  /**
   * Unix seconds; 0 before the end.
   */
  'completed_at'?: (number | string | Long);
}

export interface TaskResult__Output {
  'task_id': (string);
  /**
   * pending, running, completed or failed. A cancelled task is failed, with an error that begins with "cancelled".
   */
  'status': (string);
  /**
   * exit_code, latency_ms, class, attempts, submitted_at, started_at, completed_at (RFC 3339), logs_url; result, metrics, outputs and runner_output as
   * JSON text; of a running task progress (0 to 100), step and message, as far as it told them. What is not known is absent.
   */
  'result': ({[key: string]: string});
  /**
   * Code, exit code and the end of stderr; under 64 KiB.
   */
  'error': (string);
  /**
   * Run time of the last attempt.
   */
  'duration_ms': (number);
  /**
   * Unix seconds; 0 before the end.
   */
  'completed_at': (number);
}
