const reasons: Record<string, string> = {
  disconnected: 'by the device',
  moved: 'moved to another server',
  'device-deleted': 'device removed',
  'user-disabled': 'user disabled',
  'user-deleted': 'user removed',
  'ended-by-member': 'by a colleague',
  'no-handshake': 'not heard of any more',
}

/** Why a session ended, in words; a reason that is newer than this page in its own. */
export const endReasonText = (reason: string | null): string | null =>
  reason === null ? null : (reasons[reason] ?? reason.replaceAll('-', ' '))
