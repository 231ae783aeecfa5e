import { defineConfig } from 'vitest/config'

const minuteMs = 60_000

/** Tests that start processes: one file after the other, so that each has the machine to itself. */
const oneByOne = { fileParallelism: false, testTimeout: minuteMs, hookTimeout: minuteMs }

export default defineConfig({
  // Examples import the package as its users do.
  resolve: {
    alias: [
      { find: /^env-runner$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^env-runner\/testing$/, replacement: `${import.meta.dirname}/src/testing.ts` },
      { find: /^env-runner\/machines$/, replacement: `${import.meta.dirname}/machines/index.ts` },
    ],
  },
  test: {
    // Processes, not worker threads: bubblewrap's --die-with-parent follows the thread that started it.
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{machines,src,adapters,scripts,examples,test/journals}/**/*.test.ts'], testTimeout: minuteMs / 2 },
      },
      { extends: true, test: { name: 'model', include: ['test/model/**/*.test.ts'], testTimeout: minuteMs } },
      { extends: true, test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 2 * minuteMs } },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...oneByOne } },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...oneByOne } },
      { extends: true, test: { name: 'long', include: ['test/long/**/*.test.ts'], ...oneByOne, testTimeout: 20 * minuteMs } },
    ],
  },
})
