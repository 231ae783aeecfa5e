// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskClass as _envrunner_v1_TaskClass, TaskClass__Output as _envrunner_v1_TaskClass__Output } from '../../envrunner/v1/TaskClass.ts';
import type { TaskSpec as _envrunner_v1_TaskSpec, TaskSpec__Output as _envrunner_v1_TaskSpec__Output } from '../../envrunner/v1/TaskSpec.ts';

export interface SubmitArrayRequest {
  /**
   * Empty: one is made. Its tasks are named <id>.<index>.
   */
  'id'?: (string);
  'task_class'?: (_envrunner_v1_TaskClass);
  'priority'?: (number);
  'workflow_id'?: (string);
  /**
   * In strings of command, entrypoint and env values, paths of artifacts and args_json, {index} and {item} are replaced.
   */
  'template'?: (_envrunner_v1_TaskSpec | null);
  /**
   * Number of tasks, 1 to 10,000; 0: as many as items.
   */
  'count'?: (number);
  /**
   * One per task, put in for {item}.
   */
  'items'?: (string)[];
  /**
   * Tasks of the array that hold a place at once; 0: no limit of its own.
   */
  'concurrency'?: (number);
}

export interface SubmitArrayRequest__Output {
  /**
   * Empty: one is made. Its tasks are named <id>.<index>.
   */
  'id': (string);
  'task_class': (_envrunner_v1_TaskClass__Output);
  'priority': (number);
  'workflow_id': (string);
  /**
   * In strings of command, entrypoint and env values, paths of artifacts and args_json, {index} and {item} are replaced.
   */
  'template': (_envrunner_v1_TaskSpec__Output | null);
  /**
   * Number of tasks, 1 to 10,000; 0: as many as items.
   */
  'count': (number);
  /**
   * One per task, put in for {item}.
   */
  'items': (string)[];
  /**
   * Tasks of the array that hold a place at once; 0: no limit of its own.
   */
  'concurrency': (number);
}
