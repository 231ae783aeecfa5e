import { lockDataDir } from '../../adapters/filesystem/data-dir-lock.ts'
import { dataLayout } from '../../adapters/filesystem/layout.ts'
import { formatFailure, toFailure } from '../../src/domain/errors.ts'

// The other process of data-dir-lock.test.ts: takes the directory when it is told, answers, and holds on until it is killed.
const layout = dataLayout(process.argv[2]!)
process.on('message', () => {
  lockDataDir(layout).then(
    () => process.send!('held'),
    (cause: unknown) => process.send!(formatFailure(toFailure(cause))),
  )
})
process.on('disconnect', () => process.exit())
process.send!('ready')
