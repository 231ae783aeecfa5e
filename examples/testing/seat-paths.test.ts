import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathsToTransitions, walkPaths, type Model } from 'env-runner/testing'
import { expect, it } from 'vitest'
import { createSeatFile } from './seat-files.ts'
import { seatMachine } from './seat.machine.ts'

const users = ['ann', 'ben']
const model: Model<typeof seatMachine> = {
  machine: seatMachine,
  events: () => users.flatMap((user) => [{ type: 'seat.take', user } as const, { type: 'seat.release', user } as const]),
  essence: ({ context }) => context.user,
}
const paths = pathsToTransitions(model, ({ from, event }) => `${from.context.user} ${event.type} ${event.user}`)

it('has a path to every event in every state: who holds it, who asks', () => {
  expect(paths.size).toBe(3 * 4)
})

it('the files do as the machine says, on every path', async () => {
  const open = () => {
    const directory = mkdtempSync(join(tmpdir(), 'seat-'))
    const processes = Object.fromEntries(users.map((user) => [user, createSeatFile(directory, user)]))
    return {
      perform({ event: { type, user } }: { event: { type: string; user: string } }) {
        if (type === 'seat.take') processes[user]!.take(user)
        else processes[user]!.release(user)
      },
      essence: () => createSeatFile(directory, 'onlooker').holder(),
      close: () => rmSync(directory, { recursive: true }),
    }
  }
  expect(await walkPaths(paths.values(), model, open)).toEqual([])
})
