/** How actions begin, for choosing among them. */
export const areas: [prefix: string, label: string][] = [
  ['user.', 'Users'],
  ['auth.', 'Users’ sign-ins'],
  ['device.', 'Devices'],
  ['vpn.', 'Connections of devices'],
  ['session.', 'Sessions'],
  ['api_key.', 'API keys'],
  ['member.', 'Colleagues and their sign-ins'],
  ['invitation.', 'Invitations'],
  ['settings.', 'Settings'],
  ['support.', 'Support'],
  ['tenant.', 'The account itself'],
]
