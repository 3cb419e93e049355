import { expect, test } from 'vitest'
import { schemaRows } from './schemaRows'

test('each property is a row with its path, type and default', () => {
  const schema = {
    required: ['image'],
    properties: {
      image: { type: 'object', properties: { tag: { type: 'string', default: '1.0', description: 'Which' } } },
      ports: { type: 'array', items: { type: 'object', properties: { port: { type: 'integer' } } } },
      mode: { enum: ['a', 'b'] },
      same: { $ref: '#/definitions/name' },
    },
    definitions: { name: { type: ['string', 'null'] } },
  }

  expect(schemaRows(JSON.stringify(schema))?.map((row) => [row.path, row.type, row.fallback, row.isRequired])).toEqual([
    ['image', 'object', '', true],
    ['image.tag', 'string', '"1.0"', false],
    ['ports', 'object[]', '', false],
    ['ports[].port', 'integer', '', false],
    ['mode', '"a" | "b"', '', false],
    ['same', 'string | null', '', false],
  ])
})

test('a schema that names itself ends, and what is no schema is none', () => {
  const endless = { properties: { a: { $ref: '#' } } }

  expect(schemaRows(JSON.stringify(endless))?.length).toBeLessThan(20)
  expect(schemaRows('{')).toBeNull()
  expect(schemaRows('[]')).toBeNull()
})
