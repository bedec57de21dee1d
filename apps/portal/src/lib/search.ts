/** The one value of a search parameter; a repeated one counts as absent. */
export const oneOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
