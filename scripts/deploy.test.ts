import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/config/load.ts'
import { isReloadable } from '../src/config/reload.ts'
import { readToml } from '../src/config/sources.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const { bin, files } = JSON.parse(read('package.json')) as { bin: Record<string, string>; files: string[] }

describe('the Dockerfile', () => {
  /** Instructions with their arguments; lines that go on are one. */
  const instructions = read('deploy/Dockerfile')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => line.split(/\s+/) as [string, ...string[]])
  const argumentsOf = (name: string) => instructions.filter(([first]) => first === name).map(([, ...rest]) => rest)

  it('copies what is there, and leaves out what must not be in the package', () => {
    const sources = argumentsOf('COPY').filter(([first]) => !first!.startsWith('--from')).flatMap((words) => words.slice(0, -1)) // prettier-ignore
    expect(sources).toContain('package-lock.json')
    for (const source of sources) expect([source, existsSync(join(root, source))]).toEqual([source, true])
    const ignored = read('deploy/Dockerfile.dockerignore').trim().split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'node_modules', 'dist']))
    expect(ignored.filter((name) => sources.includes(name))).toEqual([])
  })
  it('names its base image once, and never ends as root', () => {
    expect(argumentsOf('FROM').map(([image]) => image)).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}'])
    expect(argumentsOf('USER')).toEqual([['env-runner']])
    expect(argumentsOf('ARG')[0]![0]).toMatch(/^NODE_IMAGE=node:24-/)
  })
  it('starts the program of the package, with a command that it has', () => {
    const wordsOf = (name: string) => JSON.parse(argumentsOf(name)[0]!.join(' ')) as string[]
    expect(Object.keys(bin)).toContain(wordsOf('ENTRYPOINT').at(-1))
    expect(existsSync(join(root, `src/cli/commands/${wordsOf('CMD')[0]!}.ts`))).toBe(true)
  })
  it('comes with the package', () => expect(files).toContain('deploy'))
})

describe('the sample of a configuration', () => {
  const file = { path: '/etc/env-runner/config.toml', text: read('deploy/env-runner.toml') }
  const host = { uid: 0, home: '/root', hostname: 'host', cwd: '/' }
  const uncommented = file.text.replaceAll(/^# (\[|\w+ = )/gm, '$1')

  it('is one, also with every line that is commented out', () => {
    expect(readConfig({ file, host }).problems).toEqual([])
    expect(readConfig({ file: { ...file, text: uncommented }, host }).problems).toEqual([])
  })
  it('says the defaults, except where it leaves the choice to the host', () => {
    const { config } = readConfig({ file, host }).loaded!
    expect(config).toEqual({ ...readConfig({ host }).loaded!.config, classes: config.classes })
  })
  it('says of every table that it can be taken while tasks run just when it can', () => {
    const marked = (path: string): boolean => {
      const [table, key] = [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)]
      const section = uncommented
        .slice(uncommented.indexOf(`[${table}]`))
        .split(/\n\n/)[0]!
        .split('\n')
      return [section[0]!, section.find((line) => line.startsWith(`${key} `))!].some((line) => /\(reload\)/.test(line))
    }
    for (const { key } of readToml(uncommented, file.path).assignments)
      expect([key.path, marked(key.path)]).toEqual([key.path, isReloadable(key.path)])
  })
})
