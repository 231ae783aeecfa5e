// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskClass as _envrunner_v1_TaskClass, TaskClass__Output as _envrunner_v1_TaskClass__Output } from '../../envrunner/v1/TaskClass.ts';
import type { TaskState as _envrunner_v1_TaskState, TaskState__Output as _envrunner_v1_TaskState__Output } from '../../envrunner/v1/TaskState.ts';
import type { Progress as _envrunner_v1_Progress, Progress__Output as _envrunner_v1_Progress__Output } from '../../envrunner/v1/Progress.ts';
import type { Result as _envrunner_v1_Result, Result__Output as _envrunner_v1_Result__Output } from '../../envrunner/v1/Result.ts';
import type { Long } from '@grpc/proto-loader';

export interface Task {
  'id'?: (string);
  'task_class'?: (_envrunner_v1_TaskClass);
  'tenant'?: (string);
  'workflow_id'?: (string);
  'priority'?: (number);
  'state'?: (_envrunner_v1_TaskState);
  /**
   * Why it waits or why it did not succeed: a sentence; empty when there is nothing to say.
   */
  'why'?: (string);
  /**
   * The current or last one; 0 before the first.
   */
  'attempt'?: (number);
  'progress'?: (_envrunner_v1_Progress | null);
  /**
   * Unix milliseconds; 0: not yet.
   */
  'submitted_at_ms'?: (number | string | Long);
  'started_at_ms'?: (number | string | Long);
  'completed_at_ms'?: (number | string | Long);
  /**
   * Once it has ended.
   */
  'result'?: (_envrunner_v1_Result | null);
  /**
   * The array that it belongs to and its place there.
   */
  'array_id'?: (string);
  'array_index'?: (number);
}

export interface Task__Output {
  'id': (string);
  'task_class': (_envrunner_v1_TaskClass__Output);
  'tenant': (string);
  'workflow_id': (string);
  'priority': (number);
  'state': (_envrunner_v1_TaskState__Output);
  /**
   * Why it waits or why it did not succeed: a sentence; empty when there is nothing to say.
   */
  'why': (string);
  /**
   * The current or last one; 0 before the first.
   */
  'attempt': (number);
  'progress': (_envrunner_v1_Progress__Output | null);
  /**
   * Unix milliseconds; 0: not yet.
   */
  'submitted_at_ms': (number);
  'started_at_ms': (number);
  'completed_at_ms': (number);
  /**
   * Once it has ended.
   */
  'result': (_envrunner_v1_Result__Output | null);
  /**
   * The array that it belongs to and its place there.
   */
  'array_id': (string);
  'array_index': (number);
}
