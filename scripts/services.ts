// Starts what the integration tests need and finds no answer of, as root on a machine that is there for tests alone: a Docker engine. Imports the test images.
// usage: services.ts DIRECTORY      takes dockerd.log, and dockerd.pid where an engine was started; whoever asked for it ends it
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { busyboxImage, dockerAnswers, pythonImage } from '../test/support/docker-images.ts'

/** Until an engine answers, in milliseconds; it takes one to three seconds. */
const startMs = 60_000

const startDocker = async (directory: string): Promise<void> => {
  const log = join(directory, 'dockerd.log')
  const fd = openSync(log, 'a')
  // Tests run registries of their own on loopback, without TLS.
  const engine = spawn('dockerd', ['--insecure-registry', '127.0.0.0/8'], { detached: true, stdio: ['ignore', fd, fd] })
  closeSync(fd)
  if (engine.pid !== undefined) writeFileSync(join(directory, 'dockerd.pid'), String(engine.pid))
  let end: string | undefined
  engine.once('error', (cause) => { end = cause.message }) // prettier-ignore
  engine.once('exit', (code, signal) => (end = `ended with ${code ?? signal}`))
  for (const until = Date.now() + startMs; !dockerAnswers(); await delay(100)) {
    if (end !== undefined || Date.now() > until)
      throw new Error(`dockerd: ${end ?? `no answer after ${startMs / 1_000} s`}\n${readFileSync(log, 'utf8').slice(-4_000)}`)
  }
  engine.unref()
}

const [given] = process.argv.slice(2)
if (given === undefined) {
  process.stderr.write('usage: services.ts DIRECTORY\n')
  process.exit(2)
}
const directory = resolve(given)
mkdirSync(directory, { recursive: true })
const there = dockerAnswers()
if (!there) await startDocker(directory)
const images = [await busyboxImage(), await pythonImage()]
process.stdout.write(`docker: ${there ? 'answers' : 'started'}; images: ${images.join(', ')}\n`)
