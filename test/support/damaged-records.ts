import type { JournalRecord } from '../../src/ports/journal.ts'
import type { EngineContext } from '../../src/runner/engine-context.ts'

/** Damages records for whoever reads their streams; those on the simulated disk are frozen, and stay as they are. */
export const createDamage = () => {
  const changes = new Map<number, Partial<JournalRecord>>()
  return {
    damage: ({ position }: Pick<JournalRecord, 'position'>, to: Partial<JournalRecord>) => void changes.set(position, to),
    /** What the engine of each process is given. */
    context: (own: EngineContext): EngineContext => ({
      ...own,
      journal: {
        ...own.journal,
        readStream: (...args) => own.journal.readStream(...args).map((record) => ({ ...record, ...changes.get(record.position) })),
      },
    }),
  }
}
