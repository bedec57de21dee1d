import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ownerTag } from './owner.ts'
import { cleanEnv, type CommandOptions, type CommandResult, requireSuccess, runCommand } from './run-command.ts'

/** Network, mount and pid namespaces of their own: as good as another computer. */
export type Machine = {
  name: string
  /** Its first process, as the owner's pid namespace numbers it. */
  pid: number
  /** Run a command inside, without a shell. */
  exec(argv: string[], options?: CommandOptions): Promise<CommandResult>
  /** Like `exec`, and throw unless the exit code is 0. */
  run(argv: string[], options?: CommandOptions): Promise<CommandResult>
  /** Start a command inside that stays; it ends with the machine at the latest. */
  spawn(argv: string[]): ChildProcess
  /** The words that put a command inside when written before it. */
  enter(): string[]
  /** End every process and interface of the machine. */
  stop(): Promise<void>
}

const initScript = fileURLToPath(new URL('namespace-init.sh', import.meta.url))

/**
 * Start an empty machine. Nothing of it has a name on the host, and it lives only while this process holds
 * the pipe to its first process: a SIGKILL of the owner ends it too.
 */
export async function startMachine(name: string): Promise<Machine> {
  const isolate = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child']
  const keeper = spawn('unshare', [...isolate, 'bash', initScript], {
    env: { ...cleanEnv, CVAULT_LAB_OWNER: ownerTag(), CVAULT_LAB_MACHINE: name },
    stdio: 'pipe',
    detached: true, // Ctrl-C in the owner's terminal must not reach it before the owner has closed down
  })
  const exited = once(keeper, 'exit').catch(() => {})
  keeper.stdin.on('error', () => {})
  const pid = await readyPid(name, keeper)
  const enter = () => ['nsenter', '--target', String(pid), '--mount', '--net', '--pid', '--ipc', '--']
  // A killed nsenter would leave what it started running; the death signal takes it along.
  const enterBound = () => [...enter(), 'setpriv', '--pdeathsig', 'KILL', '--']
  const exec = (argv: string[], options?: CommandOptions) => runCommand([...enterBound(), ...argv], options)
  return {
    name,
    pid,
    exec,
    run: async (argv, options) => requireSuccess(`${name}: ${argv.slice(0, 3).join(' ')}`, await exec(argv, options)),
    spawn: (argv) => {
      const [file = '', ...args] = [...enterBound(), ...argv]
      return spawn(file, args, { env: cleanEnv, stdio: 'pipe' })
    },
    enter,
    stop: async () => {
      keeper.stdin.end()
      const timer = setTimeout(() => keeper.kill('SIGKILL'), 2_000)
      await exited
      clearTimeout(timer)
    },
  }
}

function readyPid(name: string, keeper: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    const fail = (why: string) => reject(new Error(`cannot start the namespaces of ${name}: ${stderr.trim() || why}`))
    keeper.on('error', (error) => fail(error.message))
    keeper.on('exit', () => fail('the first process ended at once'))
    keeper.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    keeper.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      const match = /^ready (\d+)$/m.exec(stdout)
      if (match) resolve(Number(match[1]))
    })
  })
}
