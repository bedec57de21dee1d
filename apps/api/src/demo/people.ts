/** Who uses the demo tenant's VPN, in the order in which they joined, and who looks after it. All of it is made up. */
export const demoUsers = [
  ['Amelia Hart', 'MacBook Pro', 'iPhone'],
  ['Jonas Weber', 'ThinkPad', 'Pixel 9'],
  ['Chloe Martin', 'MacBook Air'],
  ['Marcus Reed', 'Windows PC', 'Galaxy S25'],
  ['Ines Moreau', 'MacBook Air', 'iPhone'],
  ['Tomasz Nowak', 'Linux workstation', 'ThinkPad'],
  ['Grace Kim', 'Surface Laptop', 'iPhone'],
  ['Henrik Dahl', 'ThinkPad'],
  ['Leila Haddad', 'MacBook Pro', 'iPad', 'iPhone'],
  ['Oliver Brandt', 'Windows PC'],
  ['Nadia Petrova', 'MacBook Pro', 'iPhone'],
  ['Samuel Ortiz', 'Chromebook', 'Pixel 9'],
  ['Freya Lund', 'MacBook Air', 'iPhone'],
  ['Victor Almeida', 'ThinkPad'],
  ['Hannah Cole', 'Surface Laptop', 'Galaxy S25'],
  ['Rafael Costa', 'MacBook Pro'],
  ['Eva Lindgren', 'Windows PC', 'iPhone'],
  ['Noah Fischer', 'ThinkPad', 'Pixel 9'],
  ['Zoe Laurent', 'MacBook Air'],
  ['Andre Silva', 'Linux workstation'],
  ['Maya Cohen', 'MacBook Pro', 'iPhone'],
  ['Lukas Steiner', 'Windows PC'],
  ['Ruth Adeyemi', 'Surface Laptop', 'Galaxy S25'],
  ['Pavel Horak', 'ThinkPad'],
  ['Clara Rossi', 'MacBook Air', 'iPhone'],
  ['Ben Walsh', 'Windows PC'],
] as const

export const demoMembers = [
  { name: 'Sofia Lindberg', role: 'admin' },
  { name: 'Daniel Okafor', role: 'member' },
  { name: 'Priya Raman', role: 'viewer' },
] as const

/** A domain that nobody owns (RFC 2606): no mail to these people arrives anywhere. */
export const demoEmail = (name: string): string => `${name.toLowerCase().replace(' ', '.')}@example.com`

export const isPhone = (deviceName: string): boolean => /iPhone|iPad|Pixel|Galaxy/.test(deviceName)
