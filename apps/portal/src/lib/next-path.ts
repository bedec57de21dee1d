/** Where to go after signing in: a path of this portal, and nothing that a link from elsewhere could make of it. */
export function nextPath(wanted: string | string[] | undefined): string {
  if (typeof wanted !== 'string' || !/^(?!.*\/\/)\/[\w\-/?=&.%+:,~]*$/.test(wanted)) return '/dashboard'
  return wanted
}
