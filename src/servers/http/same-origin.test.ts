import { expect, it } from 'vitest'
import { assertSameOrigin } from './same-origin.ts'

const request = { method: 'POST', host: '127.0.0.1:8083', origin: undefined, localAddress: '127.0.0.1' }

it.each([
  ['a client that is no browser', request],
  ['localhost', { ...request, host: 'localhost:8083' }],
  ['an IPv6 address', { ...request, host: '[::1]:8083', localAddress: '::1' }],
  ['a page of our own', { ...request, origin: 'http://127.0.0.1:8083' }],
  ['the Unix socket, whatever it calls itself', { ...request, host: 'runner', localAddress: undefined }],
  ['a name, where the network may reach it', { ...request, host: 'gpu-box:8083', localAddress: '10.0.0.7' }],
  ['a look from another page: it cannot read the answer', { ...request, method: 'GET', origin: 'https://example.org' }],
])('lets %s pass', (_, given) => {
  expect(() => assertSameOrigin(given)).not.toThrow()
})
it.each([
  ['a page of another site', { ...request, origin: 'https://example.org' }],
  ['a page of another port', { ...request, origin: 'http://127.0.0.1:3000' }],
  ['a page from a file', { ...request, origin: 'null' }],
  ['a name that was re-bound to loopback', { ...request, method: 'GET', host: 'evil.example:8083' }],
  ['the same through a mapped address', { ...request, host: 'evil.example:8083', localAddress: '::ffff:127.0.0.1' }],
  ['no host at all', { ...request, host: undefined }],
])('refuses %s', (_, given) => {
  expect(() => assertSameOrigin(given)).toThrow(expect.objectContaining({ code: 'POLICY_ORIGIN' }))
})
