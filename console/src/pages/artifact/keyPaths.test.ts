import { expect, test } from 'vitest'
import { keyPaths } from './keyPaths'

const pathsOf = (text: string) => keyPaths(text).flatMap((line) => (line.path === null ? [] : [line.path]))

test('a key is named as --set names it', () => {
  expect(pathsOf('image:\n  # the tag\n  tag: "1.0"\n  pull.policy: x\nreplicas: 1\n')).toEqual([
    'image',
    'image.tag',
    'image.pull\\.policy',
    'replicas',
  ])
})

test('entries of lists are counted, indented or not', () => {
  expect(pathsOf('ports:\n- name: a\n  port: 1\n- name: b\nhosts:\n  - x\n  - paths:\n      - path: /\n')).toEqual([
    'ports',
    'ports[0].name',
    'ports[0].port',
    'ports[1].name',
    'hosts',
    'hosts[1].paths',
    'hosts[1].paths[0].path',
  ])
})

test('what stands in a text, a comment or a value is no key', () => {
  expect(pathsOf('a: |\n  b: 1\n  c: 2\n# d: 3\ne: {f: 1}\n"g h": http://x:1\n')).toEqual(['a', 'e', 'g h'])
})
