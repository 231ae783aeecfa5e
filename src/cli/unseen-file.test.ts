import { expect, it } from 'vitest'
import { unseenFileHint } from './unseen-file.ts'

const here = new Set(['train.py', './train.sh', '../up.py', 'sh', '/abs.py'])
const hint = (cmd: string[], exitCode: number | null, code: 'EXIT_NONZERO' | 'COMMAND_NOT_FOUND' | null = 'EXIT_NONZERO', isOwn = true) =>
  unseenFileHint(cmd, { error_code: code, exit_code: exitCode }, isOwn, (path) => here.has(path))

it('names the file of this directory that the task does not see, and how to mount it', () => {
  expect(hint(['python3', 'train.py'], 2)).toBe(
    'the task does not see train.py of this directory. Mount it and name /src/train.py: --set "policy.allowed_mounts=$PWD" --mount "$PWD:/src"',
  )
  expect(hint(['./train.sh'], 127, 'COMMAND_NOT_FOUND')).toContain('name /src/train.sh: ')
  expect(hint(['python3', '../up.py'], 2)).toContain('name /src/…: ')
})
it('leaves the policy to a runner of its own', () => {
  expect(hint(['python3', 'train.py'], 2, 'EXIT_NONZERO', false)).toContain('where policy.allowed_mounts of its runner allows it')
})
it.each([
  ['a task that went well', ['python3', 'train.py'], 0, null],
  ['a code of its own', ['python3', 'train.py'], 7, 'EXIT_NONZERO'],
  ['a file that is not here either', ['python3', 'other.py'], 2, 'EXIT_NONZERO'],
  ['an absolute path', ['python3', '/abs.py'], 2, 'EXIT_NONZERO'],
  ['a command that is looked for in PATH', ['sh'], 127, 'COMMAND_NOT_FOUND'],
] as const)('says nothing of %s', (_, cmd, exitCode, code) => {
  expect(hint([...cmd], exitCode, code)).toBeNull()
})
