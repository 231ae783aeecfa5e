/** What a process holds, after a full garbage collection. */
export interface Footprint {
  /** Of JavaScript: heap, buffers and what hangs on objects. */
  readonly heapBytes: number
  /** Resident, all threads, allocators and caches included. */
  readonly residentBytes: number
  /** Sockets, pipes, files, child processes: descriptors of the process. */
  readonly handles: number
  /** Of every event emitter and abort signal that can be reached. */
  readonly listeners: number
  /** That have not fired and were not cancelled. */
  readonly timers: number
}

/** What is asked, and what is answered, between a probed process and its parent. */
export const footprintQuestion = 'footprint?'
