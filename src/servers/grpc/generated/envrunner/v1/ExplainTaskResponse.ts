// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskState as _envrunner_v1_TaskState, TaskState__Output as _envrunner_v1_TaskState__Output } from '../../envrunner/v1/TaskState.ts';

export interface ExplainTaskResponse {
  'id'?: (string);
  'state'?: (_envrunner_v1_TaskState);
  'sentences'?: (string)[];
}

export interface ExplainTaskResponse__Output {
  'id': (string);
  'state': (_envrunner_v1_TaskState__Output);
  'sentences': (string)[];
}
