export const intro = 'The people who use your app, as it registered them.'
