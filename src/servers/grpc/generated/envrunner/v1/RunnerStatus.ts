// Original file: proto/envrunner/v1/envrunner.proto

import type { Places as _envrunner_v1_Places, Places__Output as _envrunner_v1_Places__Output } from '../../envrunner/v1/Places.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunnerStatus {
  'runner_id'?: (string);
  'version'?: (string);
  /**
   * recovering, accepting, paused, draining or stopped.
   */
  'state'?: (string);
  /**
   * Number of the caller's tenant's tasks by state.
   */
  'tasks'?: ({[key: string]: number | string | Long});
  /**
   * By class.
   */
  'places'?: ({[key: string]: _envrunner_v1_Places});
  /**
   * Why new tasks are refused; empty: they are not.
   */
  'trouble'?: (string);
  /**
   * Position of the last record of the journal.
   */
  'last_position'?: (number | string | Long);
}

export interface RunnerStatus__Output {
  'runner_id': (string);
  'version': (string);
  /**
   * recovering, accepting, paused, draining or stopped.
   */
  'state': (string);
  /**
   * Number of the caller's tenant's tasks by state.
   */
  'tasks': ({[key: string]: number});
  /**
   * By class.
   */
  'places': ({[key: string]: _envrunner_v1_Places__Output});
  /**
   * Why new tasks are refused; empty: they are not.
   */
  'trouble': (string);
  /**
   * Position of the last record of the journal.
   */
  'last_position': (number);
}
