export const intro = 'What your apps and servers show with every call. The key is publishable; its secret stays on your servers.'
