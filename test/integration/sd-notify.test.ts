import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServiceManager } from '../../adapters/system/sd-notify.ts'
import { requireService } from '../require-service.ts'
import { canNotify, openNotifySocket, type NotifySocket } from '../support/notify-socket.ts'

const available = requireService('systemd-notify', canNotify(), 'apt-get install systemd python3')
const { PATH } = process.env

describe.skipIf(!available)('a service manager that listens', () => {
  let [directory, socket] = ['', undefined as unknown as NotifySocket]
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'env-runner-notify-'))
    socket = await openNotifySocket(directory)
  })
  afterEach(async () => {
    await socket.close()
    rmSync(directory, { recursive: true })
  })
  const open = (env: Record<string, string> = {}, troubles: Error[] = []) =>
    openServiceManager({ env: { PATH, NOTIFY_SOCKET: socket.path, ...env }, pid: 7, onTrouble: (cause) => void troubles.push(cause) })

  it('gets every message, in order', async () => {
    const manager = open()
    await Promise.all([manager.notify(['READY=1', 'STATUS=accepting']), manager.notify(['WATCHDOG=1']), manager.notify(['STOPPING=1'])])
    await expect.poll(() => socket.messages).toEqual([['READY=1', 'STATUS=accepting'], ['WATCHDOG=1'], ['STOPPING=1']])
  })
  it('gets a text with a line break as one assignment', async () => {
    await open().notify(['STATUS=one\nREADY=1'])
    await expect.poll(() => socket.messages).toEqual([['STATUS=one READY=1']])
  })
  it('that goes away costs the caller nothing; the first failure in a row is told', async () => {
    const troubles: Error[] = []
    const manager = open({ NOTIFY_SOCKET: join(directory, 'nobody') }, troubles)
    await manager.notify(['READY=1'])
    await manager.notify(['WATCHDOG=1'])
    expect(troubles).toEqual([expect.any(Error)])
  })
})

describe('the watchdog', () => {
  const watchdogMs = (env: Record<string, string>) =>
    openServiceManager({ env: { NOTIFY_SOCKET: '/run/notify', ...env }, pid: 7, onTrouble: () => undefined }).watchdogMs
  it('is answered at half of its time', () => {
    expect(watchdogMs({ WATCHDOG_USEC: '30000000' })).toBe(15_000)
    expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' })).toBe(15_000)
  })
  it('of another process is not answered, nor one that says nothing sensible', () => {
    expect([{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, {}, { WATCHDOG_USEC: '0' }, { WATCHDOG_USEC: 'soon' }].map((env) => watchdogMs(env))).toEqual([
      null, null, null, null,
    ]) // prettier-ignore
  })
  it('is nobody without a socket', async () => {
    const manager = openServiceManager({ env: { WATCHDOG_USEC: '30000000' }, pid: 7, onTrouble: () => expect.unreachable() })
    expect(manager.watchdogMs).toBeNull()
    await manager.notify(['READY=1'])
  })
})
