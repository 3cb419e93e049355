import { expect, test } from 'vitest'
import { fill } from '../api/client'
import { localPath } from './localPath'
import { accountProblem, repositoryProblem } from './names'
import { parseRepositoryPath } from './repositoryPath'

const DIGEST = `sha256:${'a'.repeat(64)}`

test('a repository path is read from the right, for names hold slashes', () => {
  expect(parseRepositoryPath('acme/app')).toEqual({ page: 'repository', repository: 'acme/app' })
  expect(parseRepositoryPath('acme/a/tag')).toEqual({ page: 'repository', repository: 'acme/a/tag' })
  expect(parseRepositoryPath('acme/a/b/tag/1.0')).toEqual({ page: 'tag', repository: 'acme/a/b', tag: '1.0' })
  expect(parseRepositoryPath(`acme/app/manifest/${DIGEST}`)).toEqual({ page: 'manifest', repository: 'acme/app', digest: DIGEST })
  expect(parseRepositoryPath('acme/app/compare')).toEqual({ page: 'compare', repository: 'acme/app' })
})

test('a call keeps the slashes of a repository and no other', () => {
  expect(fill('/api/v1/repository/{repository}/tag/{tag}', { repository: 'a/b c', tag: 'x/y' })).toBe(
    '/api/v1/repository/a/b%20c/tag/x%2Fy',
  )
})

test('signing in never leads to another host', () => {
  expect(localPath('/repository/acme/app?tab=tags')).toBe('/repository/acme/app?tab=tags')
  expect(['https://evil.example/', '//evil.example', 'javascript:alert(1)', '/signin', '\\\\evil', null].map(localPath)).toEqual(
    Array(6).fill('/'),
  )
})

test('names are judged as the server judges them', () => {
  expect(['acme', 'a.b-c_d', ''].map(accountProblem)).toEqual([undefined, undefined, undefined])
  expect(['Acme', 'a--b', '-a'].map((name) => accountProblem(name) === undefined)).toEqual([false, false, false])
  expect(['app', 'a/b__c', 'a---b'].map(repositoryProblem)).toEqual([undefined, undefined, undefined])
  expect(['a/', 'a//b', 'A'].map((name) => repositoryProblem(name) === undefined)).toEqual([false, false, false])
})
