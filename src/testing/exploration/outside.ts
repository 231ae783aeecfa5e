/** A model of what executor and workspace keep of one attempt, after the promises of `src/ports/executor.ts` and `workspace.ts`; it outlives the runner. */
export interface Trace {
  /** `marked`: named, nothing started. `gone`: the process vanished and left no outcome. */
  readonly process: 'none' | 'marked' | 'running' | 'ended' | 'failed' | 'gone'
  readonly directory: boolean
  /** How often its command was started, counted to 2. */
  readonly starts: 0 | 1 | 2
}

export const noTrace: Trace = { process: 'none', directory: false, starts: 0 }

export const hasTrace = ({ process, directory }: Trace): boolean => process !== 'none' || directory

export const prepared = (trace: Trace): Trace => ({ ...trace, directory: true })

export const marked = (trace: Trace): Trace => (trace.process === 'none' ? { ...trace, process: 'marked' } : trace)

/** Find or create: a mark that has, or had, a process is attached to. */
export const launched = (trace: Trace): Trace =>
  trace.process === 'none' || trace.process === 'marked' ? { ...trace, process: 'running', starts: trace.starts === 0 ? 1 : 2 } : trace

export const stopped = (trace: Trace): Trace => (trace.process === 'running' ? { ...trace, process: 'failed' } : trace)

/** One call of the removal: first what runs and its mark, then the directory. */
export const removedNext = (trace: Trace): Trace =>
  trace.process !== 'none' ? { ...trace, process: 'none' } : { ...trace, directory: false }
