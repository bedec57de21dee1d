/** Our own colours, of those that a brand may change: as the style sheet has them, for where a brand's are set already. */
export const ourTokens: Record<string, string> = {
  '--color-accent': 'light-dark(#0b6a5b, #5ad3bb)',
  '--color-accent-strong': 'light-dark(#084f44, #83e3cf)',
  '--color-on-accent': 'light-dark(#ffffff, #06231d)',
  '--color-accent-soft': 'light-dark(#e0f1ec, #12312b)',
  '--color-series-1': 'light-dark(#0b6a5b, #5ad3bb)',
  '--color-rail': 'light-dark(#0b302a, #0a1715)',
  '--color-rail-active': 'light-dark(#1b4a41, #18342e)',
}
