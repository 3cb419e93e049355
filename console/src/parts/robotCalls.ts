import { api, ok } from '../api/client'

export interface Place {
  namespace: string
  isOrganization: boolean
}

export function createRobot({ namespace, isOrganization }: Place, robot_shortname: string, description: string) {
  const body = { description }
  return isOrganization
    ? ok(api.PUT('/api/v1/organization/{orgname}/robots/{robot_shortname}', { params: { path: { orgname: namespace, robot_shortname } }, body }))
    : ok(api.PUT('/api/v1/user/robots/{robot_shortname}', { params: { path: { robot_shortname } }, body }))
}

export function getRobot({ namespace, isOrganization }: Place, robot_shortname: string, signal: AbortSignal) {
  return isOrganization
    ? ok(api.GET('/api/v1/organization/{orgname}/robots/{robot_shortname}', { params: { path: { orgname: namespace, robot_shortname } }, signal }))
    : ok(api.GET('/api/v1/user/robots/{robot_shortname}', { params: { path: { robot_shortname } }, signal }))
}

export function regenerate({ namespace, isOrganization }: Place, robot_shortname: string) {
  return isOrganization
    ? ok(
        api.POST('/api/v1/organization/{orgname}/robots/{robot_shortname}/regenerate', {
          params: { path: { orgname: namespace, robot_shortname } },
        }),
      )
    : ok(api.POST('/api/v1/user/robots/{robot_shortname}/regenerate', { params: { path: { robot_shortname } } }))
}

export function removeRobot({ namespace, isOrganization }: Place, robot_shortname: string) {
  return isOrganization
    ? ok(api.DELETE('/api/v1/organization/{orgname}/robots/{robot_shortname}', { params: { path: { orgname: namespace, robot_shortname } } }))
    : ok(api.DELETE('/api/v1/user/robots/{robot_shortname}', { params: { path: { robot_shortname } } }))
}

/** `ci` of `acme+ci`. */
export function shortName(name: string): string {
  return name.slice(name.indexOf('+') + 1)
}
