/** To the first of its pages. Not a page that redirects: below a loading state those arrive as a page first. */
export function GET(): Response {
  return new Response(null, { status: 307, headers: { location: '/settings/profile' } })
}
