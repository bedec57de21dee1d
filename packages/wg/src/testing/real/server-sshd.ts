import type { Machine } from './machine.ts'

/** sshd leaves its starter only once it listens; under another name `^sshd: ` it would look like a session. */
const start = `
rm -f /run/cvault-lab/sshd.pid
"$(command -v sshd)" -f /run/cvault-lab/sshd_config -E /run/cvault-lab/sshd.log
for _ in $(seq 200); do [ -s /run/cvault-lab/sshd.pid ] && exit 0; sleep 0.01; done
cat /run/cvault-lab/sshd.log >&2; exit 1`

const stop = `
read -r pid </run/cvault-lab/sshd.pid || exit 0
kill -KILL "$pid" 2>/dev/null || true
[ "$1" = keep ] || pkill -KILL -f '^sshd(-session|-auth)?: ' || true
while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done`

/** The listener calls itself `sshd: … [listener]`, like a session. */
const killSessions = `
read -r listener </run/cvault-lab/sshd.pid || listener=
for pid in $(pgrep -f '^sshd(-session|-auth)?: '); do [ "$pid" = "$listener" ] || kill -KILL "$pid" 2>/dev/null || true; done`

/** Start the machine's sshd and wait until it listens. */
export async function startSshd(machine: Machine): Promise<void> {
  await machine.run(['sh', '-c', start])
}

/** End sshd's listener, with or without its sessions. */
export async function stopSshd(machine: Machine, withSessions: boolean): Promise<void> {
  await machine.run(['sh', '-c', stop, 'sh', withSessions ? 'end' : 'keep'])
}

/** End its sessions, however far they are; the listener stays. */
export async function killSshSessions(machine: Machine): Promise<void> {
  await machine.run(['sh', '-c', killSessions])
}
