// Preloaded into a process (`node --expose-gc --import probe.ts …`) that has an IPC channel: answers its parent's question with a Footprint.
import { EventEmitter, getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { isMainThread } from 'node:worker_threads'
import { footprintQuestion, type Footprint } from './footprint.ts'

/** Node's own fields, which it names to nobody: listeners by event, one or several; a timer that has fired or was cancelled. */
type Emitter = { readonly _events?: Readonly<Record<string, unknown>> | null }
type Timer = { readonly _destroyed?: boolean }

const aTimer = setTimeout(() => {}, 0)
clearTimeout(aTimer)

/** What is looked for in the heap, by the prototype that it inherits from, and what of it counts. The inspector reaches them as properties of the global object. */
const kinds = {
  emitters: {
    prototype: EventEmitter.prototype,
    count: (all: readonly Emitter[]) => all.flatMap(({ _events }) => Object.values(_events ?? {}).flat()).length,
  },
  signals: {
    prototype: AbortSignal.prototype,
    count: (all: readonly AbortSignal[]) =>
      all.filter((one) => one !== AbortSignal.prototype).flatMap((one) => getEventListeners(one, 'abort')).length,
  },
  timers: {
    prototype: Object.getPrototypeOf(aTimer) as object,
    count: (all: readonly Timer[]) => all.filter(({ _destroyed }) => _destroyed === false).length,
  },
}
Object.assign(globalThis, { soakKinds: kinds })

/** Of the module: a session that only its own answer would be waiting for is itself garbage to the collection that a question begins with. */
const session = new Session()

/** Everything in the heap that can be reached and is of a kind, counted. */
const countOf = async (kind: keyof typeof kinds): Promise<number> => {
  const { result: prototype } = await session.post('Runtime.evaluate', { expression: `soakKinds.${kind}.prototype` })
  const { objects } = await session.post('Runtime.queryObjects', { prototypeObjectId: prototype.objectId! })
  const { result, exceptionDetails } = await session.post('Runtime.callFunctionOn', {
    objectId: objects.objectId!,
    functionDeclaration: `function () { return soakKinds.${kind}.count(this) }`,
    returnByValue: true,
  })
  await session.post('Runtime.releaseObject', { objectId: objects.objectId! })
  if (exceptionDetails) throw new Error(`${kind} cannot be counted: ${result.description}`)
  return result.value as number
}

const footprint = async (): Promise<Footprint> => {
  session.connect()
  const [emitters, signals, timers] = [await countOf('emitters'), await countOf('signals'), await countOf('timers')]
  session.disconnect()
  globalThis.gc!()
  const { heapUsed, external, rss } = process.memoryUsage() // `external` has the array buffers in it
  return {
    heapBytes: heapUsed + external,
    residentBytes: rss,
    handles: readdirSync('/proc/self/fd').length,
    listeners: emitters + signals,
    timers,
  }
}

if (isMainThread) {
  process.on('message', (message) => {
    if (message === footprintQuestion) void footprint().then((answer) => process.send!(answer))
  })
  process.channel!.unref() // the process ends when it has nothing else to do, as without a probe
}
