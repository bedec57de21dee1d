import { readdirSync, readFileSync } from 'node:fs'
import { isOwnerAlive } from './owner.ts'
import { runCommand } from './run-command.ts'

/**
 * Remove what runs of dead owners left: machines end by themselves with their owner's pipe, so normally there is
 * nothing. Never touches what belongs to a living process.
 */
export async function sweep(): Promise<{ machines: number; interfaces: number }> {
  const orphans = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOrphan(Number(pid)))
  for (const pid of orphans) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {} // ended meanwhile
  }
  const interfaces = readdirSync('/sys/class/net').filter(
    (name) => name.startsWith('cvlab') && !isOwnerAlive(readText(`/sys/class/net/${name}/ifalias`).trim()),
  )
  for (const name of interfaces) await runCommand(['ip', 'link', 'delete', name])
  return { machines: orphans.length, interfaces: interfaces.length }
}

/** Everything in a machine inherits the mark or is killed with the first process, which has it. */
function isOrphan(pid: number): boolean {
  const mark = /(?:^|\0)CVAULT_LAB_OWNER=([^\0]*)/.exec(readText(`/proc/${pid}/environ`))
  return mark?.[1] !== undefined && !isOwnerAlive(mark[1])
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
