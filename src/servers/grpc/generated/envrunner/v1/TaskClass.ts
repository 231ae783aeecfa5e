// Original file: proto/envrunner/v1/envrunner.proto

export const TaskClass = {
  TASK_CLASS_UNSPECIFIED: 'TASK_CLASS_UNSPECIFIED',
  TASK_CLASS_CPU_SHORT: 'TASK_CLASS_CPU_SHORT',
  TASK_CLASS_CPU_LONG: 'TASK_CLASS_CPU_LONG',
  TASK_CLASS_GPU: 'TASK_CLASS_GPU',
  TASK_CLASS_GPU_SLURM: 'TASK_CLASS_GPU_SLURM',
} as const;

export type TaskClass =
  | 'TASK_CLASS_UNSPECIFIED'
  | 0
  | 'TASK_CLASS_CPU_SHORT'
  | 1
  | 'TASK_CLASS_CPU_LONG'
  | 2
  | 'TASK_CLASS_GPU'
  | 3
  | 'TASK_CLASS_GPU_SLURM'
  | 4

export type TaskClass__Output = typeof TaskClass[keyof typeof TaskClass]
