import { expect, it } from 'vitest'
import { hasBubblewrap } from '../integration/native-harness.ts'
import { createKillRounds } from '../support/kill-rounds.ts'

const [rounds, tasks] = [10, 200]
const firstSeed = Math.floor(Math.random() * 1_000_000)

it.runIf(hasBubblewrap)(`takes up ${tasks} running tasks again after each kill, ten rounds from seed ${firstSeed} on`, async () => {
  const play = createKillRounds(tasks)
  try {
    for (let round = 0; round < rounds; round++) {
      const { seed, kills, problems } = await play.run(firstSeed + round)
      expect({ seed, kills, problems }).toEqual({ seed, kills, problems: [] })
    }
  } finally {
    await play.close()
  }
})
