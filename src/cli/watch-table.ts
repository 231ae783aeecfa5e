import { endedStatuses } from '../domain/result.ts'
import { ago } from './durations.ts'
import { table, type Output } from './output.ts'
import { wordsOf, type WatchedTask } from './watched-task.ts'

export interface Screen {
  readonly rows?: number
  readonly columns?: number
}

/** Between two drawings, in milliseconds: faster than anybody reads, and slow enough for thousands of changes a second. */
const drawMs = 200
/** Ended tasks that are kept in sight. */
const endedMax = 10

/** The lines of a table that fits the screen: what has not ended, the latest changes first, and the last that ended below. */
export const tableLines = (tasks: readonly WatchedTask[], now: number, { rows = 24, columns = 80 }: Screen): string[] => {
  const latest = tasks.toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time))
  const live = latest.filter(({ status }) => !endedStatuses.has(status))
  const ended = latest.filter(({ status }) => endedStatuses.has(status)).slice(0, endedMax)
  const room = Math.max(1, rows - 3) // the heading, the line of what is out of sight, and the cursor's
  const shown = [...live.slice(0, Math.max(room - ended.length, Math.ceil(room / 2))), ...ended].slice(0, room)
  const hidden = live.length + ended.length - shown.length
  const cells = shown.map((task) => [task.id, ago(now - Date.parse(task.time)), wordsOf(task)])
  const lines = shown.length === 0 ? ['no task'] : table([['ID', 'SINCE', 'STATUS'], ...cells])
  return [...lines, ...(hidden > 0 ? [`and ${hidden} more`] : [])].map((line) =>
    line.length > columns ? `${line.slice(0, columns - 1)}…` : line,
  )
}

/** Draws the tasks at the bottom of a terminal, over and over. */
export const createWatchTable = (stdout: Output, screen: Screen) => {
  const tasks = new Map<string, WatchedTask>()
  let drawn = 0
  let timer: NodeJS.Timeout | null = null
  let last: Promise<void> = Promise.resolve()

  const draw = (): void => {
    timer = null
    const lines = tableLines([...tasks.values()], Date.now(), screen)
    const up = drawn === 0 ? '' : `\u001b[${drawn}A`
    drawn = lines.length
    last = stdout.write(`${up}\r\u001b[J${lines.join('\n')}\n`)
    last.catch(() => undefined) // `show` and `end` tell it
  }
  /** Of those that have ended only the last are kept, however long it runs. */
  const forget = (): void => {
    const ended = [...tasks.values()].filter(({ status }) => endedStatuses.has(status))
    for (const { id } of ended.slice(0, -endedMax)) tasks.delete(id)
  }
  return {
    async show(task: WatchedTask): Promise<void> {
      tasks.delete(task.id)
      tasks.set(task.id, task) // the order of the map is that of the changes
      if (endedStatuses.has(task.status)) forget()
      timer ??= setTimeout(draw, drawMs)
      await last
    },
    async end(): Promise<void> {
      if (timer !== null) clearTimeout(timer)
      draw()
      await last
    },
  }
}
