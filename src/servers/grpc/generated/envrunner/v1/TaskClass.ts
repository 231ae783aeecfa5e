// Original file: proto/envrunner/v1/envrunner.proto

/**
 * How long a task may run, and where (docs/tasks.md).
 */
export const TaskClass = {
  TASK_CLASS_UNSPECIFIED: 'TASK_CLASS_UNSPECIFIED',
  /**
   * A minute unless configured; in the sandbox of the host, or in a container when it names an image.
   */
  TASK_CLASS_CPU_SHORT: 'TASK_CLASS_CPU_SHORT',
  /**
   * 15 minutes; in a container.
   */
  TASK_CLASS_CPU_LONG: 'TASK_CLASS_CPU_LONG',
  /**
   * 10 minutes; in a container with one whole device.
   */
  TASK_CLASS_GPU: 'TASK_CLASS_GPU',
  /**
   * Slurm decides.
   */
  TASK_CLASS_GPU_SLURM: 'TASK_CLASS_GPU_SLURM',
} as const;

/**
 * How long a task may run, and where (docs/tasks.md).
 */
export type TaskClass =
  | 'TASK_CLASS_UNSPECIFIED'
  | 0
  /**
   * A minute unless configured; in the sandbox of the host, or in a container when it names an image.
   */
  | 'TASK_CLASS_CPU_SHORT'
  | 1
  /**
   * 15 minutes; in a container.
   */
  | 'TASK_CLASS_CPU_LONG'
  | 2
  /**
   * 10 minutes; in a container with one whole device.
   */
  | 'TASK_CLASS_GPU'
  | 3
  /**
   * Slurm decides.
   */
  | 'TASK_CLASS_GPU_SLURM'
  | 4

/**
 * How long a task may run, and where (docs/tasks.md).
 */
export type TaskClass__Output = typeof TaskClass[keyof typeof TaskClass]
