import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCgroups } from './open-cgroups.ts'
import type { Cgroups } from './cgroup.ts'

/** Files as the kernel shows them in the top of a delegated subtree and in a new group, less what is not used (Documentation/admin-guide/cgroup-v2.rst).
 * A directory of plain files stands in for it: it does not act, so that these tests show what is written and how answers are read, not that the kernel obeys.
 * Joining, killing and counting on a real tree are in test/integration/native-conformance.test.ts. */
const delegatedTop = {
  'cgroup.controllers': 'cpuset cpu io memory hugetlb pids rdma misc\n',
  'cgroup.subtree_control': 'memory pids\n',
  'cgroup.procs': '',
}
const parent = { 'cgroup.controllers': 'cpu memory pids\n', 'cgroup.subtree_control': '', 'cgroup.procs': '' }
const group = {
  'cgroup.procs': '101\n102\n',
  'cgroup.kill': '',
  'memory.max': 'max\n',
  'memory.swap.max': 'max\n',
  'memory.peak': '7340032\n',
  'memory.events': 'low 0\nhigh 0\nmax 32\noom 2\noom_kill 1\noom_group_kill 0\n',
  'pids.max': 'max\n',
  'cpu.max': 'max 100000\n',
  'cpu.stat': 'usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n',
}

describe('control groups, version 2, on a tree of plain files', () => {
  let root: string
  let cgroups: Cgroups
  const base = (): string => join(root, 'env-runner', 'here')
  const fill = (directory: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(directory, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  }
  const read = (name: string): string => readFileSync(join(base(), 'a.1', name), 'utf8')
  const limits = { cpuMillicores: 1_500, memoryBytes: 64 * 2 ** 20, processesMax: 66 }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'env-runner-cgroup2-'))
    fill(root, delegatedTop)
    fill(join(root, 'env-runner'), parent)
    fill(base(), parent)
    cgroups = openCgroups(root, 'here')
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('is recognised, and hands each controller down that is not there yet', () => {
    expect(cgroups.version).toBe(2)
    expect([...cgroups.usable].sort()).toEqual(['cpu', 'cpuacct', 'memory', 'pids'])
    expect(readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')).toContain('+cpu')
    expect(readFileSync(join(base(), 'cgroup.subtree_control'), 'utf8')).toBe('+cpu')
  })

  it('writes the limits of an attempt', () => {
    // The kernel would have filled the new directory before the file to join is opened.
    expect(() => cgroups.create('a.1', limits)).toThrow('cgroup.procs')
    expect([read('memory.max'), read('pids.max'), read('cpu.max')]).toEqual([String(64 * 2 ** 20), '66', '150000 100000'])
  })

  it('reads who is inside and what was counted', () => {
    fill(join(base(), 'a.1'), group)
    expect(cgroups.pids('a.1')).toEqual([101, 102])
    expect(cgroups.usage('a.1')).toEqual({ oomKills: 1, peakMemoryBytes: 7_340_032, cpuMs: 1_235 })
  })

  it('counts without memory.peak on kernels before 5.19', () => {
    fill(join(base(), 'a.1'), group)
    rmSync(join(base(), 'a.1', 'memory.peak'))
    expect(cgroups.usage('a.1')).toEqual({ oomKills: 1, cpuMs: 1_235 })
  })

  it('kills through cgroup.kill', () => {
    fill(join(base(), 'a.1'), group)
    cgroups.kill('a.1')
    expect(read('cgroup.kill')).toBe('1')
  })

  it('stops the growth first on kernels before 5.14', () => {
    fill(join(base(), 'a.1'), { ...group, 'cgroup.procs': '' })
    rmSync(join(base(), 'a.1', 'cgroup.kill'))
    cgroups.kill('a.1')
    expect(read('pids.max')).toBe('0')
  })

  it('answers for a group that is not there', () => {
    expect(cgroups.pids('b.1')).toBeNull()
    expect(cgroups.usage('b.1')).toEqual({ oomKills: 0 })
    expect(cgroups.exists('b.1')).toBe(false)
    expect(cgroups.remove('b.1')).toBe(true)
    cgroups.kill('b.1')
    expect(existsSync(join(base(), 'b.1'))).toBe(false)
  })

  it('lists the groups of its installation alone', () => {
    for (const path of ['here/a.1', 'here/b.2', 'there/c.3']) mkdirSync(join(root, 'env-runner', path), { recursive: true })
    expect(cgroups.list().sort()).toEqual(['a.1', 'b.2'])
  })

  it('removes an empty group, and says when it is not', () => {
    mkdirSync(join(base(), 'a.1'))
    fill(join(base(), 'b.1'), group)
    expect([cgroups.remove('a.1'), cgroups.remove('b.1')]).toEqual([true, false])
  })
})

it('uses none where none can be made', () => {
  expect(openCgroups('/proc/nowhere', 'here').version).toBeNull()
  expect(openCgroups(null, 'here').version).toBeNull()
})
