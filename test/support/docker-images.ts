import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { requireService } from '../require-service.ts'

const run = promisify(execFile)
/** Longest wait for one command of the engine's client, in milliseconds: imports of some 40 MB on a loaded machine. */
const commandMs = 120_000
const outputBytesMax = 16 * 2 ** 20

/** Runs the `docker` command. @param host where the engine listens (`unix:///…`); absent: as the environment says. @returns its stdout */
export const docker = async (args: readonly string[], host?: string): Promise<string> => {
  const { stdout } = await run('docker', [...(host === undefined ? [] : ['--host', host]), ...args], {
    timeout: commandMs,
    maxBuffer: outputBytesMax,
  })
  return stdout
}

/** Whether an engine is there. Waits ten seconds for it at most. */
export const dockerAnswers = (host?: string): boolean => {
  const args = [...(host === undefined ? [] : ['--host', host]), 'version', '--format', '{{.Server.Version}}']
  try {
    execFileSync('docker', args, { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

let known: boolean | undefined
/** The gate of tests that need an engine: they are skipped where there is none, unless every service is required. */
export const hasDocker = (): boolean =>
  (known ??= requireService(
    'a Docker engine',
    dockerAnswers(),
    'apt-get install docker.io tini busybox-static, and start dockerd; .ci/run does it on a machine of its own',
  ))

/** A small image with a shell and the usual tools: this host's static busybox. @returns its name */
export const busyboxImage = (host?: string): Promise<string> => imported('env-runner/busybox:test', '/bin', furnishBusybox, host)

/** An image with this host's python3, its standard library and `/bin/sh`. @returns its name */
export const pythonImage = (host?: string): Promise<string> => imported('env-runner/python:test', '/usr/bin:/bin', furnishPython, host)

const imports = new Map<string, Promise<string>>()

/** Imports an image where the engine has none of that name; once for each engine, however often it is asked for. */
const imported = (name: string, path: string, furnish: (root: string) => void, host?: string): Promise<string> => {
  const key = `${host ?? ''} ${name}`
  const importing = imports.get(key) ?? importMissing(name, path, furnish, host)
  imports.set(key, importing)
  return importing
}

const importMissing = async (name: string, path: string, furnish: (root: string) => void, host?: string): Promise<string> => {
  const found = await docker(['image', 'ls', '--quiet', name], host)
  if (found.trim() !== '') return name
  const directory = mkdtempSync(join(tmpdir(), 'env-runner-image-'))
  try {
    const [root, archive] = [join(directory, 'root'), join(directory, 'image.tar')]
    for (const below of ['bin', 'etc', 'work']) mkdirSync(join(root, below), { recursive: true })
    mkdirSync(join(root, 'tmp'))
    chmodSync(join(root, 'tmp'), 0o1777)
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n')
    furnish(root)
    await run('tar', ['--create', '--owner=0', '--group=0', '--mode=a+rX', '--file', archive, '--directory', root, '.'])
    await docker(['import', '--change', `ENV PATH=${path}`, archive, name], host)
    return name
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const lines = (command: string, ...args: string[]): string[] =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n').filter((line) => line !== '') // prettier-ignore

const furnishBusybox = (root: string): void => {
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  for (const applet of lines('/bin/busybox', '--list')) if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet))
}

const furnishPython = (root: string): void => {
  const python = realpathSync('/usr/bin/python3')
  const library = join('/usr/lib', basename(python))
  const unwanted = new Set(['dist-packages', '__pycache__', 'test', 'idlelib', 'tkinter'])
  cpSync(library, join(root, library), { recursive: true, dereference: true, filter: (path) => !unwanted.has(basename(path)) })
  const extensions = lines('find', join(library, 'lib-dynload'), '-name', '*.so')
  // `ldd` of many files prints each one's name with a colon; what is linked stands behind `=>`, the loader alone.
  const linked = lines('ldd', python, '/bin/sh', ...extensions).flatMap((line) => /^\s.*?(\/\S+) \(0x/.exec(line)?.[1] ?? [])
  for (const file of new Set(linked)) copyInto(root, file)
  copyInto(root, '/bin/sh')
  copyInto(root, python)
  symlinkSync(basename(python), join(root, '/usr/bin/python3'))
}

/** The file itself, where a link leads to it, under the path given. */
const copyInto = (root: string, path: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  copyFileSync(path, join(root, path))
}
