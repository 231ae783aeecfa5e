// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskState as _envrunner_v1_TaskState, TaskState__Output as _envrunner_v1_TaskState__Output } from '../../envrunner/v1/TaskState.ts';
import type { Progress as _envrunner_v1_Progress, Progress__Output as _envrunner_v1_Progress__Output } from '../../envrunner/v1/Progress.ts';
import type { Task as _envrunner_v1_Task, Task__Output as _envrunner_v1_Task__Output } from '../../envrunner/v1/Task.ts';
import type { Long } from '@grpc/proto-loader';

export interface TaskUpdate {
  'id'?: (string);
  /**
   * The cursor.
   */
  'position'?: (number | string | Long);
  /**
   * Unix milliseconds.
   */
  'at_ms'?: (number | string | Long);
  /**
   * The event, such as attempt.launched or task.progressed.
   */
  'type'?: (string);
  'state'?: (_envrunner_v1_TaskState);
  'attempt'?: (number);
  /**
   * With task.progressed.
   */
  'progress'?: (_envrunner_v1_Progress | null);
  /**
   * With the last update of a task.
   */
  'task'?: (_envrunner_v1_Task | null);
}

export interface TaskUpdate__Output {
  'id': (string);
  /**
   * The cursor.
   */
  'position': (number);
  /**
   * Unix milliseconds.
   */
  'at_ms': (number);
  /**
   * The event, such as attempt.launched or task.progressed.
   */
  'type': (string);
  'state': (_envrunner_v1_TaskState__Output);
  'attempt': (number);
  /**
   * With task.progressed.
   */
  'progress': (_envrunner_v1_Progress__Output | null);
  /**
   * With the last update of a task.
   */
  'task': (_envrunner_v1_Task__Output | null);
}
