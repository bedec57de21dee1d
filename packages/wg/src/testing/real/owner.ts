import { readFileSync } from 'node:fs'

/** Clock ticks since boot at which a process started, or null when there is none: a pid alone is reused. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null)
  } catch {
    return null
  }
}

/** Name this process in a way no later process can share. */
export function ownerTag(): string {
  return `cvault-lab:${process.pid}:${startTicks(process.pid) ?? ''}`
}

/** Whether the process a tag names still runs. A text that is no tag counts as alive: it is not ours to remove. */
export function isOwnerAlive(tag: string): boolean {
  const match = /^cvault-lab:(\d+):(\d+)$/.exec(tag)
  if (!match) return true
  return startTicks(Number(match[1])) === match[2]
}
