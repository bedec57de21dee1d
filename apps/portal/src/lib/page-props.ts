/** What Next gives a page. Written here, so that type checks need no build before them. */
export interface PageProps {
  params: Promise<Record<string, string>>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}
