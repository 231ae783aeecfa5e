// Original file: proto/runner/v1/runner.proto

import type { WorkerHello as _runner_v1_WorkerHello, WorkerHello__Output as _runner_v1_WorkerHello__Output } from '../../runner/v1/WorkerHello.ts';
import type { CreditReport as _runner_v1_CreditReport, CreditReport__Output as _runner_v1_CreditReport__Output } from '../../runner/v1/CreditReport.ts';
import type { TaskAck as _runner_v1_TaskAck, TaskAck__Output as _runner_v1_TaskAck__Output } from '../../runner/v1/TaskAck.ts';
import type { WorkerHeartbeat as _runner_v1_WorkerHeartbeat, WorkerHeartbeat__Output as _runner_v1_WorkerHeartbeat__Output } from '../../runner/v1/WorkerHeartbeat.ts';

export interface WorkerToSupervisor {
  'hello'?: (_runner_v1_WorkerHello | null);
  'credit'?: (_runner_v1_CreditReport | null);
  'ack'?: (_runner_v1_TaskAck | null);
  'heartbeat'?: (_runner_v1_WorkerHeartbeat | null);
  'msg'?: "hello"|"credit"|"ack"|"heartbeat";
}

export interface WorkerToSupervisor__Output {
  'hello'?: (_runner_v1_WorkerHello__Output | null);
  'credit'?: (_runner_v1_CreditReport__Output | null);
  'ack'?: (_runner_v1_TaskAck__Output | null);
  'heartbeat'?: (_runner_v1_WorkerHeartbeat__Output | null);
  'msg'?: "hello"|"credit"|"ack"|"heartbeat";
}
