import type { Command } from 'commander'
import { auditDocument, type AuditDocument } from '../../runner/audit-document.ts'
import { auditJournal } from '../../runner/audit-journal.ts'
import type { CliContext, GlobalOptions } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { findHolder } from '../holder.ts'
import { layoutOf, openJournalView } from '../journal-view.ts'
import { printable, table } from '../output.ts'
import { serverOf } from '../server.ts'

export const register = (command: Command, context: CliContext): void => {
  command.addHelpText('after', helpText)
  context.action(command, (globals) => audit(context, globals))
}

const helpText = `
Asks the runner that holds the data directory (or --server): it compares its journal, places and buffers with the processes and containers that there
are, twice, a second apart, and removes what nobody owns. Where no runner is, the journal alone is audited: every stream is folded and compared with
what is stored. A line for each invariant; "unarmed" are those that cannot be seen that way. Exit code 1 when one is violated.

Examples:
  $ env-runner audit
  $ env-runner audit --json | jq '.invariants[] | select(.holds == false)'`

const audit = async (context: CliContext, globals: GlobalOptions): Promise<number> => {
  const document = await ask(context, globals)
  await show(context, globals, document)
  return document.ok ? exitCodes.ok : exitCodes.failed
}

const ask = async (context: CliContext, globals: GlobalOptions): Promise<AuditDocument> => {
  const server = await serverOf(context, globals)
  if (server) return server.call<AuditDocument>('GET', '/api/v1/audit')
  const { config } = await context.loadConfig(globals)
  const holder = await findHolder(layoutOf(config).socket)
  if (holder) return holder.call<AuditDocument>('GET', '/api/v1/audit')
  const view = openJournalView(config)
  try {
    const begunAt = Date.now()
    const invariants = auditJournal(view.journal)
    return auditDocument({ at: begunAt, tookMs: Date.now() - begunAt, failure: null, invariants })
  } finally {
    view.close()
  }
}

const show = async ({ stdout }: CliContext, { json }: GlobalOptions, document: AuditDocument): Promise<void> => {
  if (json) return stdout.json(document)
  if (document.failure !== null) await stdout.line(printable(`it could not look: ${document.failure}`))
  const word = { true: 'holds', false: 'VIOLATED', null: 'unarmed' }
  const rows = document.invariants.flatMap(({ name, says, holds, violations }) => [
    [name, word[`${holds}`], says],
    ...violations.map((sentence) => ['', '', `  ${sentence}`]),
  ])
  for (const line of table(rows)) await stdout.line(printable(line))
  await stdout.line(`${document.invariants.filter(({ armed }) => armed).length}/${document.invariants.length} armed`)
}
