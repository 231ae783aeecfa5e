import { describe, expect, it } from 'vitest'
import { isImageAllowed, parseImageReference } from './image-reference.ts'

const hex = 'ab12'.repeat(16)
const digest = `sha256:${hex}`
const parsed = (text: string): string => parseImageReference(text).normalised
const refusal = (text: string): unknown => {
  try {
    return parsed(text)
  } catch (cause) {
    return cause
  }
}
const allowed = (text: string, ...patterns: string[]): boolean => isImageAllowed(parseImageReference(text), patterns)

describe('an image reference', () => {
  it.each([
    ['python', 'docker.io/library/python:latest'],
    ['python:3.12', 'docker.io/library/python:3.12'],
    ['docker.io/python:3.12', 'docker.io/library/python:3.12'],
    ['index.docker.io/library/python:3.12', 'docker.io/library/python:3.12'],
    ['team/app', 'docker.io/team/app:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['127.0.0.1:5000/a/b/c:v1', '127.0.0.1:5000/a/b/c:v1'],
    ['[::1]:5000/app:v1', '[::1]:5000/app:v1'],
    ['Registry.Example.com/app', 'Registry.Example.com/app:latest'],
    ['a__b-d---e_f/x.y:_T.1-2', 'docker.io/a__b-d---e_f/x.y:_T.1-2'],
    [`python@${digest}`, `docker.io/library/python@${digest}`],
    [`host:5000/repo:v1@${digest}`, `host:5000/repo@${digest}`],
    ['python:5000', 'docker.io/library/python:5000'],
  ])('%s is read as %s', (text, normalised) => {
    expect(parsed(text)).toBe(normalised)
    expect(parsed(normalised)).toBe(normalised)
  })

  it('tells its parts', () => {
    expect(parseImageReference('python')).toMatchObject({
      registry: 'docker.io',
      repository: 'library/python',
      tag: 'latest',
      digest: null,
    })
    expect(parseImageReference(`h:1/r:v@${digest}`)).toMatchObject({ registry: 'h:1', repository: 'r', tag: null, digest })
  })

  it.each([
    '',
    ' python',
    'python ',
    'py thon',
    'Python',
    'team/App',
    '/python',
    'python/',
    'a//b',
    '-a',
    'a-',
    'a___b',
    'a._b',
    'a..b',
    'python:',
    'python:-v',
    `python:${'v'.repeat(129)}`,
    'python:3:4',
    'python@',
    'python@sha256:12',
    `python@sha256:${hex.toUpperCase()}`,
    `python@md5:${hex}`,
    `python@${digest}@${digest}`,
    `@${digest}`,
    ':tag',
    hex,
    `sha256:${hex}x${'/'.repeat(3)}`,
    'https://docker.io/python',
    'user:secret@host.example/app',
    'host:port/app',
    'host:999999/app',
    '-host.example/app',
    '../../etc/passwd',
    'a\0b',
    'a\nb',
    'python:3.12\n',
    'pythön',
    'рython',
    '$(id)',
    'a?x=1',
    'a%2fb',
    '**',
    `${'a'.repeat(250)}/b`,
    'a'.repeat(513),
  ])('refuses %j, with a hint', (text) => {
    const cause = refusal(text)
    expect(cause).toMatchObject({ code: 'INVALID_SPEC', path: 'payload.execution.image' })
    expect(cause).toHaveProperty('hint', expect.stringMatching(/\w/))
    expect((cause as Error).message.length).toBeLessThan(200)
  })

  it('is refused in no time, however it tries to keep the grammar busy', () => {
    const began = performance.now()
    for (const seed of ['a', '-', '_', 'a-', 'a_', 'a.', '.', '/', 'a/', ':', '@', 'A', '[:', 'a.a:'])
      for (const end of ['', '!', ':', '@', '/!']) refusal(`${seed.repeat(512).slice(0, 510)}${end}`)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})

describe('a list of allowed images', () => {
  it('allows nothing when empty and everything with **', () => {
    expect(allowed('python')).toBe(false)
    for (const text of ['python', 'a/b:c', 'h:1/a/b/c', `x@${digest}`]) expect(allowed(text, '**')).toBe(true)
  })

  it('means docker.io where a pattern names no registry', () => {
    expect(allowed('docker.io/library/python:3', 'python')).toBe(true)
    expect(allowed('python', 'docker.io/library/python')).toBe(true)
    expect(allowed('python', 'index.docker.io/python')).toBe(true)
    expect(allowed('team/python', 'python')).toBe(false)
    expect(allowed('evil.example/python', 'python')).toBe(false)
    expect(allowed('evil.example/library/python', 'library/*', '*', '*/*', 'python')).toBe(false)
    expect(allowed('localhost/python', '*/python')).toBe(false)
  })

  it('lets * stand for anything but / and ** for anything', () => {
    expect(allowed('python', '*')).toBe(true)
    expect(allowed('team/app', '*')).toBe(false)
    expect(allowed('team/app', 'team/*')).toBe(true)
    expect(allowed('team/sub/app', 'team/*')).toBe(false)
    expect(allowed('team/sub/app', 'team/**')).toBe(true)
    expect(allowed('team/sub/app', 'docker.io/**')).toBe(true)
    expect(allowed('python', 'docker.io/**')).toBe(true)
    expect(allowed('python', 'py*n')).toBe(true)
    expect(allowed('a.example/x', '*.example/**')).toBe(true)
    expect(allowed('a.example.evil.com/x', '*.example/**')).toBe(false)
    expect(allowed('h:5000/x', 'h:*/**')).toBe(true)
    expect(allowed('h:5000/x', 'h/**', 'h:50/**')).toBe(false)
  })

  it('takes other characters of a pattern as they are', () => {
    expect(allowed('gcr-io.example/app', 'gcr.io.example/app')).toBe(false)
    expect(allowed('aab', 'a+b', '[ab]+', '(a|b)*', 'a?b')).toBe(false)
  })

  it('allows any tag or digest, unless the pattern names one', () => {
    expect(allowed('python:3.12', 'python')).toBe(true)
    expect(allowed(`python@${digest}`, 'python')).toBe(true)
    expect(allowed('python:3.12', 'python:3.12')).toBe(true)
    expect(allowed('python:3.12-slim', 'python:3.12*')).toBe(true)
    expect(allowed('python:3.11', 'python:3.12')).toBe(false)
    expect(allowed('python:3.12', '**:3.12')).toBe(true)
  })

  it('does not believe a tag that stands beside a digest', () => {
    expect(allowed(`python:3.12@${digest}`, 'python:3.12')).toBe(false)
  })

  it('allows one digest alone', () => {
    expect(allowed(`python@${digest}`, `python@${digest}`)).toBe(true)
    expect(allowed(`python:3.12@${digest}`, `python:3.12@${digest}`)).toBe(true)
    expect(allowed('python', `python@${digest}`)).toBe(false)
    expect(allowed(`python@sha256:${'0'.repeat(64)}`, `python@${digest}`)).toBe(false)
    expect(allowed(`other@${digest}`, `python@${digest}`)).toBe(false)
  })

  it('answers soon, however many stars a pattern has', () => {
    const began = performance.now()
    expect(allowed(`${'a'.repeat(120)}/${'a'.repeat(100)}`, `${'*a'.repeat(255)}b`, `${'**a'.repeat(170)}b`, `${'*'.repeat(511)}b`)).toBe(
      false,
    )
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
