/** The kinds of work that an orchestrator may ask for. Each has its own concurrency and its own ceiling of time. */
export const taskClasses = ['cpu_short', 'cpu_long', 'gpu', 'gpu_slurm'] as const
export type TaskClass = (typeof taskClasses)[number]

/** Default and ceiling of an attempt's run time in seconds; configuration can move it. Source: the execution plan's table of classes. */
export const classTimeoutSeconds: Readonly<Record<TaskClass, number>> = {
  cpu_short: 60,
  cpu_long: 900,
  gpu: 600,
  gpu_slurm: 86_400,
}
