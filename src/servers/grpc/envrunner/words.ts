import { taskStatuses, type TaskStatus } from '../../../domain/result.ts'
import { taskClasses, type TaskClass } from '../../../domain/task-class.ts'
import type { TaskClass as WireClass } from '../generated/envrunner/v1/TaskClass.ts'
import type { TaskState as WireState } from '../generated/envrunner/v1/TaskState.ts'

const classPrefix = 'TASK_CLASS_'
const statePrefix = 'TASK_STATE_'

export const wireClass = (taskClass: TaskClass): WireClass => `${classPrefix}${taskClass.toUpperCase()}` as WireClass
export const wireState = (status: TaskStatus): WireState => `${statePrefix}${status.toUpperCase()}` as WireState

const classes = new Map<unknown, TaskClass>(taskClasses.map((taskClass) => [wireClass(taskClass), taskClass]))
const statuses = new Map<unknown, TaskStatus>(taskStatuses.map((status) => [wireState(status), status]))

/** What is unspecified, and what this version has no name for, is no class. */
export const classOfWire = (value: WireClass): TaskClass | undefined => classes.get(value)
/** The same of states. */
export const statusOfWire = (value: WireState): TaskStatus | undefined => statuses.get(value)
