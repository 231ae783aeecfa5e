// Every export of the installed package, imported as a user would: nothing is printed, and each one has what its name promises.
import { strict as assert } from 'node:assert'
import { createRunner } from 'env-runner'
import * as machines from 'env-runner/machines'
import packageJson from 'env-runner/package.json' with { type: 'json' }
import * as testing from 'env-runner/testing'

assert.equal(typeof createRunner, 'function')
assert.equal(machines.taskMachine.id, 'task')
assert.equal(machines.runnerMachine.id, 'runner')
assert.ok(Object.keys(testing).length > 0)
for (const path of Object.keys(packageJson.exports))
  assert.ok(['.', './machines', './testing', './package.json'].includes(path), `nothing tests the export ${path}`)
