import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const graceMs = 3000
const stopTimeoutMs = 15_000

/**
 * Make sure that no server of an earlier run holds the cluster: a dead one's pid file is removed, one that lost its owner is
 * stopped, one whose owner lives is reported.
 */
export async function endPreviousServer(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'data', 'postmaster.pid')
  const serverPid = readPid(pidFile)
  if (serverPid === undefined || !isServerOf(serverPid, dataDir)) {
    rmSync(pidFile, { force: true })
    return
  }
  const ownerPid = readPid(join(dataDir, 'owner.pid'))
  if (ownerPid !== undefined && ownerPid !== process.pid && isAlive(ownerPid)) {
    throw new Error(
      `The database in ${dataDir} is in use by process ${ownerPid} (its PostgreSQL is process ${serverPid}): stop that one first, or choose another folder with CVAULT_HOME`,
    )
  }
  if (await hasGone(serverPid, dataDir, graceMs)) return
  process.kill(serverPid, 'SIGINT')
  if (await hasGone(serverPid, dataDir, stopTimeoutMs)) return
  throw new Error(`PostgreSQL process ${serverPid} holds ${dataDir} and does not stop: end it with "kill ${serverPid}" and try again`)
}

async function hasGone(pid: number, dataDir: string, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(50)) {
    if (!isServerOf(pid, dataDir)) return true
  }
  return false
}

function readPid(path: string): number | undefined {
  if (!existsSync(path)) return undefined
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}

// A pid may have been given to another program since; only a command line naming our folder counts.
function isServerOf(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false
  try {
    const command =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : execFileSync('ps', ['-ww', '-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
    return command.includes(join(dataDir, 'data'))
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
