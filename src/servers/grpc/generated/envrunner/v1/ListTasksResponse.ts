// Original file: proto/envrunner/v1/envrunner.proto

import type { Task as _envrunner_v1_Task, Task__Output as _envrunner_v1_Task__Output } from '../../envrunner/v1/Task.ts';

export interface ListTasksResponse {
  'tasks'?: (_envrunner_v1_Task)[];
  /**
   * Empty on the last page.
   */
  'next_page_token'?: (string);
}

export interface ListTasksResponse__Output {
  'tasks': (_envrunner_v1_Task__Output)[];
  /**
   * Empty on the last page.
   */
  'next_page_token': (string);
}
