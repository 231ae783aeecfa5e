/* Appends to a journal until it is killed. Tells `opening`, then for each batch `begin N` before and `done N` after, N being its last position.
 * node journal-writer.ts PATH SEED */
import { writeSync } from 'node:fs'
import { openJournal } from '../../adapters/sqlite/journal.ts'
import { expectedEntry } from './journal-script.ts'

const [path, seed] = [process.argv[2]!, Number(process.argv[3])]
const tell = (line: string): void => void writeSync(1, `${line}\n`)

tell('opening')
const journal = await openJournal({ path })
let position = journal.lastPosition()
for (let chance = seed; ; chance = (chance * 48_271) % 2_147_483_647) {
  const size = 1 + (chance % 60)
  const batch = Array.from({ length: size }, (_, index) => expectedEntry(position + 1 + index))
  position += size
  tell(`begin ${position}`)
  await journal.append(batch)
  tell(`done ${position}`)
}
