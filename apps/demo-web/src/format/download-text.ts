/** Save a text as a file, without any server. */
export function downloadText(fileName: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = fileName
  anchor.click()
  // The download has begun by the next task; the text need not stay in memory.
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
