// What happened, in a member's words. What is not here reads as its type: new events need no new portal.
const texts: Record<string, string> = {
  'api_key.created': 'API key created',
  'api_key.revoked': 'API key revoked',
  'api_key.rotated': 'API key replaced',
  'api_key.updated': 'API key changed',
  'device.created': 'Device added',
  'device.deleted': 'Device removed',
  'device.key-rotated': 'Device got a new key',
  'device.moved': 'Device moved to another server',
  'device.renamed': 'Device renamed',
  'device.updated': 'Device changed',
  'member.email_verified': 'E-mail address confirmed',
  'member.invitation_revoked': 'Invitation withdrawn',
  'member.invited': 'Colleague invited',
  'member.joined': 'Colleague joined',
  'member.logged_in': 'Signed in to the portal',
  'member.logged_out': 'Signed out of the portal',
  'member.recovery_codes_replaced': 'Recovery codes replaced',
  'member.removed': 'Colleague removed',
  'member.sessions_ended': 'Portal sessions ended',
  'member.signed_up': 'Owner signed up',
  'member.totp_disabled': 'Second step switched off',
  'member.totp_enabled': 'Second step switched on',
  'member.totp_started': 'Second step begun',
  'member.updated': 'Colleague changed',
  'peer.quarantined': 'Unknown peer shut out',
  'session.ended': 'Disconnected',
  'session.reuse_detected': 'Stolen token refused',
  'session.started': 'Connected',
  'settings.updated': 'Settings changed',
  'support.contacted': 'Message to support sent',
  'tenant.bandwidth_exceeded': 'Bandwidth limit reached, tunnels taken down',
  'tenant.bandwidth_restored': 'Bandwidth available again',
  'tenant.bandwidth_warned': 'Bandwidth limit nearly or fully used, warning mailed',
  'tenant.created': 'Account made',
  'tenant.updated': 'Account changed',
  'user.deleted': 'User removed',
  'user.disabled': 'User switched off',
  'user.enabled': 'User switched on',
  'user.logged_in': 'User signed in',
  'user.logged_out': 'User signed out',
  'user.registered': 'User registered',
  'user.sessions_ended': 'User signed out everywhere',
  'user.tokens_refreshed': 'User’s session renewed',
  'user.updated': 'User changed',
}

export function activityText(type: string): string {
  const known = texts[type]
  if (known !== undefined) return known
  const words = type.replaceAll(/[._]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
