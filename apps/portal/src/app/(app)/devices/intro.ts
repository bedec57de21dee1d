export const intro = 'Every device your users have registered, and what its server last heard of it.'
