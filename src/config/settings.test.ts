import { expect, it } from 'vitest'
import { loadConfig } from './load.ts'
import { defaultConcurrency, toRunnerSettings } from './settings.ts'

const host = { uid: 1000, home: '/home/u', hostname: 'box', cwd: '/here' }
const machine = { cpuMillicores: 2_000, memoryBytes: 2 ** 30 }
const settingsOf = (...set: string[]) => toRunnerSettings(loadConfig({ host, set }).config, machine, '1.2.3', null)

it('speaks milliseconds, and never rounds a time down to nothing', () => {
  const { classes, timeouts } = settingsOf('classes.cpu_short.timeout_seconds=1.5', 'timeouts.stop_seconds=0.0011')
  expect(classes.cpu_short?.timeoutMs).toBe(1_500)
  expect(timeouts).toMatchObject({ stopMs: 2, graceMs: 10_000, totalMs: 604_800_000 })
})
it('keeps from tasks what the runner has for itself, and where engines listen', () => {
  const { policy } = settingsOf('data_dir=/data', 'logs.dir=/logs', 'docker.host=unix:///srv/engine.sock')
  expect(policy.privatePaths).toEqual(['/data', '/logs', '/var/run/docker.sock', '/run/containerd/containerd.sock', '/srv/engine.sock'])
})
it('derives places from the cores unless they are given', () => {
  const { classes } = settingsOf('classes.cpu_long.concurrency=7')
  expect([classes.cpu_short?.concurrency, classes.cpu_long?.concurrency]).toEqual([8, 7])
  expect(settingsOf('classes.cpu_long.concurrency=0').classes.cpu_long?.concurrency).toBe(0)
})
it('leaves a place on a host with a fraction of a core', () => {
  expect(defaultConcurrency('cpu_long', 100)).toBe(1)
})
it('has no gpu classes, so that they are refused as unavailable', () => {
  expect(Object.keys(settingsOf().classes)).toEqual(['cpu_short', 'cpu_long'])
})
