// Original file: proto/envrunner/v1/envrunner.proto

import type { Task as _envrunner_v1_Task, Task__Output as _envrunner_v1_Task__Output } from '../../envrunner/v1/Task.ts';

export interface SubmitTaskResponse {
  'task'?: (_envrunner_v1_Task | null);
  /**
   * False when the submission was a repetition of one that is known.
   */
  'created'?: (boolean);
}

export interface SubmitTaskResponse__Output {
  'task': (_envrunner_v1_Task__Output | null);
  /**
   * False when the submission was a repetition of one that is known.
   */
  'created': (boolean);
}
