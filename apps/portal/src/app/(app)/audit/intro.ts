export const intro = 'Who changed what in this account, and when: your colleagues, your servers, your users and CVault.'
