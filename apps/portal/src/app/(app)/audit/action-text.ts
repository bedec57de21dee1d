import { activityText } from '../dashboard/activity-text.ts'

// What was done, in a member's words; where the dashboard tells of the same, in the same. What is not here reads as its code.
const texts: Record<string, string> = {
  'api_key.create': activityText('api_key.created'),
  'api_key.revoke': activityText('api_key.revoked'),
  'api_key.rotate': activityText('api_key.rotated'),
  'api_key.update': activityText('api_key.updated'),
  'auth.login': activityText('user.logged_in'),
  'auth.logout': activityText('user.logged_out'),
  'auth.refresh': activityText('user.tokens_refreshed'),
  'auth.register': activityText('user.registered'),
  'auth.token': 'User signed in by your server',
  'device.create': activityText('device.created'),
  'device.delete': activityText('device.deleted'),
  'device.move': activityText('device.moved'),
  'device.rename': activityText('device.renamed'),
  'device.rotate-key': activityText('device.key-rotated'),
  'invitation.accept': activityText('member.joined'),
  'invitation.create': activityText('member.invited'),
  'invitation.resend': 'Invitation sent again',
  'invitation.revoke': activityText('member.invitation_revoked'),
  'member.end_sessions': activityText('member.sessions_ended'),
  'member.forgot_password': 'Link for a new password asked for',
  'member.login': activityText('member.logged_in'),
  'member.logout': activityText('member.logged_out'),
  'member.password_changed': 'Password changed',
  'member.password_reset': 'Password set anew by link',
  'member.recovery_codes': activityText('member.recovery_codes_replaced'),
  'member.refresh': 'Portal session renewed',
  'member.remove': activityText('member.removed'),
  'member.resend_verification': 'Confirmation link sent again',
  'member.seed': 'Demo owner made',
  'member.sign_up': activityText('member.signed_up'),
  'member.totp_confirm': activityText('member.totp_enabled'),
  'member.totp_remove': activityText('member.totp_disabled'),
  'member.totp_start': activityText('member.totp_started'),
  'member.update': 'Member changed',
  'member.verify_email': activityText('member.email_verified'),
  'session.end': 'Session ended from the portal',
  'session.lapse': 'Disconnected: nothing was heard of the device any more',
  'session.open': 'Connected, as its server heard',
  'session.reuse_detected': activityText('session.reuse_detected'),
  'settings.update': activityText('settings.updated'),
  'support.contact': activityText('support.contacted'),
  'tenant.create': activityText('tenant.created'),
  'tenant.cut_off': activityText('tenant.bandwidth_exceeded'),
  'tenant.restore': activityText('tenant.bandwidth_restored'),
  'tenant.update': activityText('tenant.updated'),
  'tenant.warn': activityText('tenant.bandwidth_warned'),
  'user.create': 'User made',
  'user.delete': activityText('user.deleted'),
  'user.disable': activityText('user.disabled'),
  'user.enable': activityText('user.enabled'),
  'user.end_sessions': activityText('user.sessions_ended'),
  'vpn.connect': activityText('session.started'),
  'vpn.disconnect': activityText('session.ended'),
}

/** What an entry says happened. One that was refused says that it did not, unless the refusal is what it tells of. */
export function actionText(action: string, result: string): string {
  const text = texts[action] ?? activityText(action)
  if (result === 'success' || action === 'session.reuse_detected') return text
  // Not of an abbreviation.
  return `Not done: ${/^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text}`
}
