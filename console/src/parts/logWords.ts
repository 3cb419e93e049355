type Values = Record<string, unknown>

const WORDS: Record<string, string> = {
  push_repo: 'Push',
  pull_repo: 'Pull',
  create_repo: 'Repository created',
  delete_repo: 'Repository deleted',
  create_tag: 'Tag created',
  move_tag: 'Tag moved',
  delete_tag: 'Tag deleted',
  revert_tag: 'Tag restored',
  change_tag_expiration: 'Expiry of a tag changed',
  set_repo_description: 'Description changed',
  change_repo_visibility: 'Visibility changed',
  change_repo_state: 'State changed',
  change_repo_permission: 'Permission changed',
  delete_repo_permission: 'Permission taken away',
  org_create: 'Organization created',
  org_delete: 'Organization deleted',
  org_create_team: 'Team created',
  org_delete_team: 'Team deleted',
  org_set_team_role: 'Role of a team changed',
  org_add_team_member: 'Team member added',
  org_remove_team_member: 'Team member removed',
  create_robot: 'Robot account created',
  delete_robot: 'Robot account deleted',
  regenerate_robot_token: 'Robot token renewed',
  create_prototype_permission: 'Default permission created',
  modify_prototype_permission: 'Default permission changed',
  delete_prototype_permission: 'Default permission deleted',
  create_app_specific_token: 'Application token created',
  revoke_app_specific_token: 'Application token revoked',
  login_success: 'Signed in',
  login_failure: 'Signing in failed',
  logout_success: 'Signed out',
  user_create: 'User created',
  user_delete: 'User deleted',
}
const DETAILS = ['repo', 'tag', 'manifest_digest', 'team', 'member', 'robot', 'username', 'role', 'visibility', 'app_specific_token_title']

/** `Push: app 1.2.3`: the kind in words, then what it was about. */
export function saidOf(kind: string, metadata: Values): string {
  const words = WORDS[kind] ?? sentence(kind)
  const about = DETAILS.map((key) => metadata[key])
    .filter((value) => typeof value === 'string' && value !== '')
    .map((value) => short(String(value)))
  return about.length > 0 ? `${words}: ${about.join(' ')}` : words
}

function sentence(kind: string): string {
  const text = kind.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function short(value: string): string {
  return value.startsWith('sha256:') ? value.slice(7, 19) : value
}
