import type { Block } from './render.ts'

/** What each mail needs to be told. Links are made from PORTAL_URL by the caller. */
export type MailData = {
  /** To whom a stranger may have named: nothing of what they wrote. */
  welcome: { verifyUrl: string }
  'verify-email': { verifyUrl: string }
  'reset-password': { resetUrl: string }
  'password-changed': Record<never, never>
  /** To the address that is in use still. */
  'email-changing': { newEmail: string }
  /** To the address that was in use. */
  'email-changed': { newEmail: string }
  /** `inviterEmail` null: the operator of the platform. */
  invitation: { tenantName: string; inviterEmail: string | null; role: string; acceptUrl: string }
  /** The invited address belongs to another account already. */
  'already-member': { tenantName: string }
  /** Somebody signed up with an address that is taken. */
  'already-registered': { loginUrl: string }
  'new-sign-in': { ip: string | null; userAgent: string | null; at: Date }
  'totp-changed': { enabled: boolean }
  /** Somebody else turned it off for them. */
  'totp-removed': { by: string }
  support: { from: string; tenantName: string; subject: string; message: string }
  /** `endsOn`: the day (UTC) on which the next month of the account begins. */
  'limit-warning': { percent: number; limitGb: number; endsOn: Date }
  /** `what` is a sentence's subject and verb, `name` what it is about. */
  'security-alert': { what: string; name: string; by: string; ip: string | null; at: Date }
}
export type TemplateName = keyof MailData

/** A mail in our own words and the callers' plain values; `render.ts` escapes every one of them. */
export type MailContent = { subject: string; blocks: Block[]; replyTo?: string }

type Templates = { [Name in TemplateName]: (data: MailData[Name], brandName: string) => MailContent }

const text = (...paragraphs: string[]): Block[] => paragraphs.map((paragraph) => ({ type: 'text', text: paragraph }))
const button = (label: string, url: string): Block => ({ type: 'button', label, url })

const dayOf = (at: Date): string => new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(at)
const whenOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

export const templates: Templates = {
  welcome: ({ verifyUrl }, brand) => ({
    subject: `Welcome to ${brand}: confirm your e-mail address`,
    blocks: [
      ...text(`An account at ${brand} was opened with this address. Confirm that it is yours to keep access to the account.`),
      button('Confirm e-mail address', verifyUrl),
      ...text('The link works once, for 30 minutes. If you did not sign up, ignore this mail: nothing happens without the link.'),
    ],
  }),
  'verify-email': ({ verifyUrl }, brand) => ({
    subject: `Confirm your e-mail address for ${brand}`,
    blocks: [
      ...text('Confirm that this address is yours.'),
      button('Confirm e-mail address', verifyUrl),
      ...text('The link works once, for 30 minutes. If you did not ask for it, ignore this mail.'),
    ],
  }),
  'reset-password': ({ resetUrl }, brand) => ({
    subject: `Reset your ${brand} password`,
    blocks: [
      ...text('Somebody, hopefully you, asked to reset the password of this account.'),
      button('Choose a new password', resetUrl),
      ...text('The link works once, for 30 minutes. If you did not ask for it, ignore this mail: your password stays as it is.'),
    ],
  }),
  'password-changed': (_data, brand) => ({
    subject: `Your ${brand} password was changed`,
    blocks: text(
      'The password of your account was changed, and every other login of it ended.',
      'If that was not you, reset the password now with “Forgot password” on the login page, and tell the owner of your account.',
    ),
  }),
  'email-changing': ({ newEmail }, brand) => ({
    subject: `Another e-mail address was asked for your ${brand} account`,
    blocks: text(
      `Somebody who knows your password asked to use ${newEmail} for your account instead of this address. It changes once that address is confirmed.`,
      'If that was not you, reset the password now with “Forgot password” on the login page: that stops the change and ends every login.',
    ),
  }),
  'email-changed': ({ newEmail }, brand) => ({
    subject: `The e-mail address of your ${brand} account was changed`,
    blocks: text(
      `Your account is at ${newEmail} now. This address no longer opens it.`,
      'If that was not you, tell an owner of your account or our support at once.',
    ),
  }),
  invitation: ({ tenantName, inviterEmail, role, acceptUrl }, brand) => ({
    subject: `You are invited to ${tenantName} on ${brand}`,
    blocks: [
      ...text(`${inviterEmail ?? 'Whoever runs this service'} invites you to the account “${tenantName}” as ${role}.`),
      button('Accept the invitation', acceptUrl),
      ...text('If you do not know the sender, ignore this mail.'),
    ],
  }),
  'already-member': ({ tenantName }, brand) => ({
    subject: `You were invited to ${tenantName} on ${brand}`,
    blocks: text(
      `You were invited to the account “${tenantName}”, but this address already belongs to another account.`,
      'Ask to be invited with another address. Your own account is as it was.',
    ),
  }),
  'already-registered': ({ loginUrl }, brand) => ({
    subject: `You already have a ${brand} account`,
    blocks: [
      ...text('Somebody signed up with this address, which has an account already. That account is as it was.'),
      button('Log in', loginUrl),
      ...text('Forgot the password? There is a link for that on the login page. If it was not you, ignore this mail.'),
    ],
  }),
  'new-sign-in': ({ ip, userAgent, at }, brand) => ({
    subject: `New login to your ${brand} account`,
    blocks: [
      ...text('Somebody logged in to your account from an address we had not seen before.'),
      {
        type: 'facts',
        facts: [
          ['When', whenOf(at)],
          ['Address', ip ?? 'unknown'],
          ['Program', userAgent ?? 'unknown'],
        ],
      },
      ...text('If that was not you, change your password and end that session in your account settings.'),
    ],
  }),
  'totp-changed': ({ enabled }, brand) => ({
    subject: `Two-step login was turned ${enabled ? 'on' : 'off'} for your ${brand} account`,
    blocks: text(
      enabled
        ? 'From now on your account asks for a code from your authenticator app.'
        : 'Your account no longer asks for a code at login.',
      'If that was not you, change your password now and tell the owner of your account.',
    ),
  }),
  'totp-removed': ({ by }, brand) => ({
    subject: `Two-step login was turned off for your ${brand} account`,
    blocks: text(
      `${by} turned it off for you, which ended every login of yours. Your account asks for the password alone until you set it up again.`,
      'If you did not ask for that, reset your password now with “Forgot password” on the login page, and tell the owner of your account.',
    ),
  }),
  support: ({ from, tenantName, subject, message }) => ({
    subject: `[Support] ${subject}`,
    replyTo: from,
    blocks: [
      {
        type: 'facts',
        facts: [
          ['From', from],
          ['Account', tenantName],
        ],
      },
      { type: 'quote', text: message },
    ],
  }),
  'security-alert': ({ what, name, by, ip, at }, brand) => ({
    subject: `${what} in your ${brand} account`,
    blocks: [
      ...text(`${what}:`),
      {
        type: 'facts',
        facts: [['What', name], ['By', by], ['When', whenOf(at)], ...(ip === null ? [] : [['From', ip] as [string, string]])],
      },
      ...text(
        'If nobody of you did that, log in, revoke what you do not know, and see the audit log for what else was done.',
        'You get this as an owner. Security alerts can be turned off in the settings.',
      ),
    ],
  }),
  'limit-warning': ({ percent, limitGb, endsOn }, brand) => ({
    subject: percent >= 100 ? `Your ${brand} bandwidth is used up` : `${percent} % of your ${brand} bandwidth is used`,
    blocks: text(
      percent >= 100
        ? `This month’s ${limitGb} GB are used up. Tunnels of your users stop until the limit is raised or the next month begins, on ${dayOf(endsOn)} (UTC).`
        : `${percent} % of this month’s ${limitGb} GB are used. At 100 % the tunnels of your users stop until the next month begins, on ${dayOf(endsOn)} (UTC).`,
    ),
  }),
}
