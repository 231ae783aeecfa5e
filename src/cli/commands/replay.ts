import { InvalidArgumentError, type Command } from 'commander'
import type { Config } from '../../config/schema.ts'
import { RunnerError, type Failure } from '../../domain/errors.ts'
import type { Exit } from '../../domain/exit.ts'
import type { Phase } from '../../domain/plan.ts'
import { taskStream, type JournalReader, type JournalRecord } from '../../ports/journal.ts'
import { unfold, verifyStream, type Verification } from '../../runner/fold.ts'
import { recordDocument, type RecordDocument } from '../../runner/task-document.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { assertTaskId, openJournalView } from '../journal-view.ts'
import { printable, table } from '../output.ts'
import type { Connection } from '../connection.ts'
import { serverOf } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command
    .argument('<id>', 'the task')
    .option('--at <seq>', 'show the state after this record, computed from the events', wholeNumber)
    .addHelpText('after', helpText)
  context.action(command, (globals) => replay(context, globals, command.processedArgs[0] as string, command.opts<{ at?: number }>().at))
}

const helpText = `
Runs the task's journal through the state machine again, record by record, and compares each computed state with the stored one.
Exits with 1 when they differ.

Examples:
  $ env-runner replay ID
  $ env-runner replay ID --at 3 --json | jq .state`

const replay = async (context: CliContext, globals: GlobalOptions, id: string, at: number | undefined): Promise<number> => {
  assertTaskId(id)
  const server = await serverOf(context, globals)
  const records = server ? await fetchAll(server, id) : readJournal((await context.loadConfig(globals)).config, id)
  const verification = verifyStream(records)
  if (at === undefined) await printTimeline(context, globals, id, records, verification)
  else await printState(context, globals, id, records, at)
  if (!verification.ok) await context.stderr.line(`env-runner: JOURNAL_CORRUPT: ${printable(describe(verification))}`)
  return verification.ok ? exitCodes.ok : exitCodes.failed
}

const readJournal = (config: Config, id: string): JournalRecord[] => {
  const view = openJournalView(config)
  try {
    return readAll(view.journal, taskStream(view.row(id).id))
  } finally {
    view.close()
  }
}

/** The records out of `GET /api/v1/tasks/{id}/events`, page by page: they are verified here, whatever the server thinks of them. */
const fetchAll = async (server: Connection, id: string): Promise<JournalRecord[]> => {
  const records: JournalRecord[] = []
  for (let from: number | null = 0; from !== null;) {
    const page: { events: RecordDocument[]; next: number | null } = await server.call('GET', `/api/v1/tasks/${id}/events?from_seq=${from}`)
    records.push(...page.events.map((record) => ({ ...record, stream: taskStream(id) }) as JournalRecord))
    from = page.next
  }
  return records
}

const pageRecords = 1_000

const readAll = (journal: JournalReader, stream: string): JournalRecord[] => {
  const records: JournalRecord[] = []
  for (
    let page = [...journal.readStream(stream, 0, pageRecords)];
    page.length > 0;
    page = journal.readStream(stream, records.length, pageRecords)
  )
    records.push(...page)
  return records
}

const describe = ({ firstDifference }: Verification): string =>
  firstDifference === null ? 'ok' : `record ${firstDifference.seq}: ${firstDifference.reason}. Keep the file and report it`

const printTimeline = async (
  { stdout }: CliContext,
  { json }: GlobalOptions,
  id: string,
  records: readonly JournalRecord[],
  verified: Verification,
): Promise<void> => {
  if (json) return stdout.json({ id, events: records.map(recordDocument), verification: verified })
  const begin = records[0]?.at ?? 0
  await stdout.line(`${id}, submitted ${new Date(begin).toISOString()}`)
  const rows = records.map(({ seq, at, type, data, state, public: events }) => [
    String(seq),
    `+${((at - begin) / 1_000).toFixed(3)}s`,
    type,
    state === null ? '' : stateName(state['value']),
    [detail(data), ...events.map((event) => `→ ${event.type}`)].filter(Boolean).join('  '),
  ])
  for (const line of table([['SEQ', 'TIME', 'EVENT', 'STATE', ''], ...rows])) await stdout.line(printable(line))
  if (verified.ok) await stdout.line(`verified: ${records.length} records lead to the stored states`)
}

const stateName = (value: unknown): string =>
  typeof value === 'string' ? value : Object.entries(value as Record<string, unknown>).map(([name, below]) => `${name}.${stateName(below)}`).join(' ') // prettier-ignore

/** What of a task's events is shown. */
interface EventDetail {
  readonly attempt?: number
  readonly phase?: Phase
  readonly exit?: Exit | null
  readonly failure?: Failure | null
  readonly reason?: string
}

/** The part of an event that a person looks for. */
const detail = (data: JournalRecord['data']): string => {
  const { failure, exit, reason, phase, attempt } = data as unknown as EventDetail
  const words = [
    attempt === undefined ? '' : `attempt ${attempt}`,
    phase === undefined ? '' : `phase ${phase}`,
    exit ? `exit ${exit.code ?? exit.signal ?? 'unknown'}` : '',
    failure ? failure.code : '',
    reason === undefined ? '' : JSON.stringify(reason),
  ]
  return words.filter(Boolean).join(', ')
}

const printState = async (
  { stdout }: CliContext,
  { json }: GlobalOptions,
  id: string,
  records: readonly JournalRecord[],
  at: number,
): Promise<void> => {
  if (at >= records.length)
    throw new RunnerError('OUT_OF_RANGE', `the task ${id} has no record ${at}`, {
      path: '--at',
      hint: `Its records are 0 to ${records.length - 1}`,
    })
  for (const { record, snapshot } of unfold(taskStream(id), records.slice(0, at + 1)))
    if (record.seq === at) {
      const document = { id, seq: at, event: record.type, state: { value: snapshot.value, context: snapshot.context } }
      await (json ? stdout.json(document) : stdout.line(printable(JSON.stringify(document, null, 2))))
    }
}

const wholeNumber = (text: string): number => {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number from 0 on.')
}
