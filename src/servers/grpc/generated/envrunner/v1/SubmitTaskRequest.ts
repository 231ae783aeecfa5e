// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskClass as _envrunner_v1_TaskClass, TaskClass__Output as _envrunner_v1_TaskClass__Output } from '../../envrunner/v1/TaskClass.ts';
import type { TaskSpec as _envrunner_v1_TaskSpec, TaskSpec__Output as _envrunner_v1_TaskSpec__Output } from '../../envrunner/v1/TaskSpec.ts';

export interface SubmitTaskRequest {
  /**
   * Empty: one is made. 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit. All tenants share the ids.
   */
  'id'?: (string);
  /**
   * Unspecified: cpu_short.
   */
  'task_class'?: (_envrunner_v1_TaskClass);
  /**
   * Higher goes first.
   */
  'priority'?: (number);
  /**
   * A name to list tasks by; empty: none.
   */
  'workflow_id'?: (string);
  /**
   * What runs; docs/tasks.md tells every field.
   */
  'spec'?: (_envrunner_v1_TaskSpec | null);
}

export interface SubmitTaskRequest__Output {
  /**
   * Empty: one is made. 1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit. All tenants share the ids.
   */
  'id': (string);
  /**
   * Unspecified: cpu_short.
   */
  'task_class': (_envrunner_v1_TaskClass__Output);
  /**
   * Higher goes first.
   */
  'priority': (number);
  /**
   * A name to list tasks by; empty: none.
   */
  'workflow_id': (string);
  /**
   * What runs; docs/tasks.md tells every field.
   */
  'spec': (_envrunner_v1_TaskSpec__Output | null);
}
