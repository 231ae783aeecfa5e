// Original file: proto/envrunner/v1/envrunner.proto

import type { TaskClass as _envrunner_v1_TaskClass, TaskClass__Output as _envrunner_v1_TaskClass__Output } from '../../envrunner/v1/TaskClass.ts';
import type { Long } from '@grpc/proto-loader';

export interface Array {
  'id'?: (string);
  'count'?: (number);
  'concurrency'?: (number);
  /**
   * Number of tasks by state; the key is the state's word, such as running.
   */
  'tasks'?: ({[key: string]: number});
  'ended'?: (boolean);
  /**
   * The array whose failed tasks these are; empty: none.
   */
  'rerun_of'?: (string);
  'task_class'?: (_envrunner_v1_TaskClass);
  'tenant'?: (string);
  'workflow_id'?: (string);
  /**
   * Unix milliseconds.
   */
  'submitted_at_ms'?: (number | string | Long);
}

export interface Array__Output {
  'id': (string);
  'count': (number);
  'concurrency': (number);
  /**
   * Number of tasks by state; the key is the state's word, such as running.
   */
  'tasks': ({[key: string]: number});
  'ended': (boolean);
  /**
   * The array whose failed tasks these are; empty: none.
   */
  'rerun_of': (string);
  'task_class': (_envrunner_v1_TaskClass__Output);
  'tenant': (string);
  'workflow_id': (string);
  /**
   * Unix milliseconds.
   */
  'submitted_at_ms': (number);
}
