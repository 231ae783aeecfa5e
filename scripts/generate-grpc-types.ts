// The TypeScript types of proto/, by the generator that belongs to @grpc/proto-loader. Its flags must equal the options of `loadSync` (adapters/system/protos.ts).
// usage: generate-grpc-types.ts [--check]      --check: writes nothing, fails when the types in the repository differ
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { protoFiles } from '../adapters/system/protos.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, 'src/servers/grpc/generated')
const flags = ['--keepCase', '--longs=Number', '--enums=String', '--defaults', '--oneofs', '--includeComments']
const style = [
  '--grpcLib=@grpc/grpc-js',
  '--targetFileExtension=.ts',
  '--importFileExtension=.ts',
  '--inputTemplate=%s',
  '--outputTemplate=%s__Output',
]

const filesOf = (directory: string): Map<string, string> =>
  new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  )

const made = mkdtempSync(join(tmpdir(), 'env-runner-types-'))
try {
  const generator = join(root, 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js')
  const args = [...flags, ...style, '--includeDirs=proto', `--outDir=${made}`, ...protoFiles]
  const { status, stderr } = spawnSync(process.execPath, [generator, ...args], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  if (process.argv.includes('--check')) {
    const [wanted, found] = [filesOf(made), filesOf(target)]
    const names = [...new Set([...wanted.keys(), ...found.keys()])].filter((name) => wanted.get(name) !== found.get(name))
    if (names.length > 0) {
      process.stdout.write(`${names.join('\n')}\nthe types of proto/ are out of date: npm run protos\n`)
      process.exitCode = 1
    }
  } else {
    rmSync(target, { recursive: true, force: true })
    cpSync(made, target, { recursive: true })
  }
} finally {
  rmSync(made, { recursive: true })
}
