import { isSameJson } from '../domain/json.ts'
import { arrayStream, taskStream, type JournalReader, type JournalRecord, type TaskRow } from '../ports/journal.ts'
import type { AuditLine } from './auditor.ts'
import { foldRow, verifyStream } from './fold.ts'
import { invariants, type InvariantName, type Observation } from './invariants.ts'
import type { SubmittedData } from './live-task.ts'

/** Invariants that a journal alone can show. */
export const journalInvariants: readonly InvariantName[] = ['I5', 'I11', 'I13', 'I16']

const pageRows = 500
const recordsMax = 1_000_000
const sentencesMax = 100

/** Holds a journal that nobody writes to against the invariants: every stream folds to what is stored of it, no position is missing behind the horizon.
 * Reads all of it, a stream at a time. */
export const auditJournal = (journal: JournalReader): AuditLine[] => {
  const found = new Map<InvariantName, string[]>()
  const add = (name: InvariantName, sentences: readonly string[]): void => void found.set(name, [...(found.get(name) ?? []), ...sentences])
  const judge = (names: readonly InvariantName[], observation: Observation): void => {
    for (const { name, violations } of invariants) if (names.includes(name)) add(name, violations?.(observation) ?? [])
  }

  const arrays = new Set<string>()
  const placed: { row: TaskRow; records: JournalRecord[] }[] = []
  for (const row of allTasks(journal)) {
    if (row.array) arrays.add(row.array.id)
    if (row.placed) placed.push({ row, records: [] })
    const records = readWhole(journal, taskStream(row.id), (sentence) => add('I13', [sentence]))
    if (records === null) continue
    judge(['I5', 'I11', 'I13'], { ...still, tasks: [{ row, records }], attemptsMax: attemptsOf(records) })
    add('I13', rowDifference(row, records))
  }
  judge(['I16'], { ...still, tasks: placed })
  for (const stream of ['runner', ...[...arrays].map(arrayStream)]) {
    const records = readWhole(journal, stream, (sentence) => add('I13', [sentence]))
    const difference = records && verifyStream(records).firstDifference
    if (difference && records.length > 0) add('I13', [`${stream} record ${difference.seq}: ${difference.reason}`])
  }
  const gap = journal.firstGap()
  if (gap !== null) add('I13', [`position ${gap} is missing, and behind ${journal.horizon()} none may be`])
  return invariants.map(({ name, says }) => {
    const violations = found.get(name) ?? []
    return { name, says, armed: journalInvariants.includes(name), violations: violations.slice(0, sentencesMax), seen: violations.length }
  })
}

/** Nobody runs anything. */
const still: Observation = { tasks: [], running: [], traces: [], engine: null, attemptsMax: Infinity, settled: false, logProblems: [] }

/** In pages, newest first. */
function* allTasks(journal: JournalReader): Generator<TaskRow> {
  for (let after: string | undefined; ;) {
    const page = journal.listTasks({ limit: pageRows, ...(after !== undefined && { after }) })
    yield* page
    if (page.length < pageRows) return
    after = page.at(-1)!.id
  }
}

/** Null when it cannot be read: then that was told. */
const readWhole = (journal: JournalReader, stream: string, tell: (sentence: string) => void): JournalRecord[] | null => {
  try {
    return journal.readStream(stream, 0, recordsMax)
  } catch (cause) {
    tell(`${stream} cannot be read: ${(cause as Error).message}`)
    return null
  }
}

const attemptsOf = (records: readonly JournalRecord[]): number =>
  (records[0]?.data as Partial<SubmittedData> | undefined)?.input?.attemptsMax ?? Infinity

/** Fields of the stored row that are not those that the records lead to. Where they cannot be folded at all, I13 has said so. */
const rowDifference = (row: TaskRow, records: readonly JournalRecord[]): string[] => {
  try {
    const folded = foldRow(records)
    const fields = Object.keys(folded) as (keyof TaskRow)[]
    return fields
      .filter((field) => !isSameJson(folded[field], row[field]))
      .map((field) => `${row.id} is stored with another ${field} than its records lead to`)
  } catch {
    return []
  }
}
