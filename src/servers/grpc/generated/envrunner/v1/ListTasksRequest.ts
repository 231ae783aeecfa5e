// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskState as _envrunner_v1_TaskState, TaskState__Output as _envrunner_v1_TaskState__Output } from '../../envrunner/v1/TaskState.ts';
import type { TaskClass as _envrunner_v1_TaskClass, TaskClass__Output as _envrunner_v1_TaskClass__Output } from '../../envrunner/v1/TaskClass.ts';

export interface ListTasksRequest {
  /**
   * Empty: all.
   */
  'states'?: (_envrunner_v1_TaskState)[];
  'task_class'?: (_envrunner_v1_TaskClass);
  /**
   * For principals of every tenant; empty: all that the caller may see.
   */
  'tenant'?: (string);
  'workflow_id'?: (string);
  'array_id'?: (string);
  /**
   * 1 to 1,000; 0: 100.
   */
  'page_size'?: (number);
  /**
   * `next_page_token` of the page before.
   */
  'page_token'?: (string);
}

export interface ListTasksRequest__Output {
  /**
   * Empty: all.
   */
  'states': (_envrunner_v1_TaskState__Output)[];
  'task_class': (_envrunner_v1_TaskClass__Output);
  /**
   * For principals of every tenant; empty: all that the caller may see.
   */
  'tenant': (string);
  'workflow_id': (string);
  'array_id': (string);
  /**
   * 1 to 1,000; 0: 100.
   */
  'page_size': (number);
  /**
   * `next_page_token` of the page before.
   */
  'page_token': (string);
}
