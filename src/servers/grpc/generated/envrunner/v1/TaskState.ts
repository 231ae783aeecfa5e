// Original file: proto/envrunner/v1/envrunner.proto

export const TaskState = {
  TASK_STATE_UNSPECIFIED: 'TASK_STATE_UNSPECIFIED',
  /**
   * Waits for a place.
   */
  TASK_STATE_PENDING: 'TASK_STATE_PENDING',
  /**
   * Has a place; work directory, inputs and image are made ready.
   */
  TASK_STATE_PREPARING: 'TASK_STATE_PREPARING',
  TASK_STATE_RUNNING: 'TASK_STATE_RUNNING',
  /**
   * Its process has ended; logs and outputs are taken in.
   */
  TASK_STATE_COLLECTING: 'TASK_STATE_COLLECTING',
  /**
   * An attempt failed in a way that may pass; the next one comes after a pause.
   */
  TASK_STATE_RETRYING: 'TASK_STATE_RETRYING',
  /**
   * The last three are final.
   */
  TASK_STATE_COMPLETED: 'TASK_STATE_COMPLETED',
  TASK_STATE_FAILED: 'TASK_STATE_FAILED',
  TASK_STATE_CANCELLED: 'TASK_STATE_CANCELLED',
} as const;

export type TaskState =
  | 'TASK_STATE_UNSPECIFIED'
  | 0
  /**
   * Waits for a place.
   */
  | 'TASK_STATE_PENDING'
  | 1
  /**
   * Has a place; work directory, inputs and image are made ready.
   */
  | 'TASK_STATE_PREPARING'
  | 2
  | 'TASK_STATE_RUNNING'
  | 3
  /**
   * Its process has ended; logs and outputs are taken in.
   */
  | 'TASK_STATE_COLLECTING'
  | 4
  /**
   * An attempt failed in a way that may pass; the next one comes after a pause.
   */
  | 'TASK_STATE_RETRYING'
  | 5
  /**
   * The last three are final.
   */
  | 'TASK_STATE_COMPLETED'
  | 6
  | 'TASK_STATE_FAILED'
  | 7
  | 'TASK_STATE_CANCELLED'
  | 8

export type TaskState__Output = typeof TaskState[keyof typeof TaskState]
