export const intro = 'When your users’ devices connected, where, and what they moved. Sizes are in units of 1,000 (1 GB is 10⁹ bytes).'
