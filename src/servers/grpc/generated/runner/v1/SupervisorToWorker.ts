// Original file: proto/runner/v1/runner.proto

import type { TaskAssignment as _runner_v1_TaskAssignment, TaskAssignment__Output as _runner_v1_TaskAssignment__Output } from '../../runner/v1/TaskAssignment.ts';

export interface SupervisorToWorker {
  'assignment'?: (_runner_v1_TaskAssignment | null);
  'msg'?: "assignment";
}

export interface SupervisorToWorker__Output {
  'assignment'?: (_runner_v1_TaskAssignment__Output | null);
  'msg'?: "assignment";
}
