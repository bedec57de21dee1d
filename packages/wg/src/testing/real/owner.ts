import { readFileSync, readlinkSync } from 'node:fs'

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

/** Pids mean something in one pid namespace only: a host sees the runs of its containers under other numbers. */
function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
}

/** Name this process in a way no later process can share. */
export function ownerTag(): string {
  return `cvault-lab:${pidNamespace()}:${process.pid}:${startTicks(process.pid) ?? ''}`
}

/**
 * Whether the process a tag names still runs. What is no tag, or a tag of another pid namespace, counts as alive:
 * it is not ours to remove.
 */
export function isOwnerAlive(tag: string): boolean {
  const match = /^cvault-lab:(\d+):(\d+):(\d+)$/.exec(tag)
  if (match?.[1] !== pidNamespace()) return true
  return startTicks(Number(match[2])) === match[3]
}
