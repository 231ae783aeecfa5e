#!/usr/bin/env node
const [major = 0] = process.versions.node.split('.').map(Number)

// Only this file may be loaded by an older Node: what it imports statically would be parsed before the check.
if (major < 24) {
  process.stderr.write(`env-runner: USAGE: Node ${process.versions.node} is too old. Use Node 24 or newer\n`)
  process.exitCode = 2
} else {
  const { runCli } = await import('./program.ts')
  process.exitCode = await runCli(process.argv.slice(2))
}
export {}
