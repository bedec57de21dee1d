import { generateKeyPair } from '@cvault/wg/keys'
import { NodeSSH } from 'node-ssh'
import { Client, Pool } from 'pg'
import type { BenchLab } from './lab.ts'

/**
 * The baseline: what a first version of such a product does for each device. Find the first free address by reading
 * the used ones, insert, open an SSH connection, `wg set`, `wg-quick save`, look whether the peer is there, close.
 */
export async function openNaive(lab: BenchLab) {
  const url = new URL(lab.databaseUrl)
  url.pathname = '/naive'
  const admin = new Client({ connectionString: lab.databaseUrl })
  await admin.connect()
  await admin.query('CREATE DATABASE naive')
  await admin.end()
  const pool = new Pool({ connectionString: url.href, max: 16 })
  pool.on('error', () => {}) // the bench ended before it; its own error says why
  await pool.query('CREATE TABLE devices (public_key text PRIMARY KEY, host int UNIQUE NOT NULL)')

  return {
    async register(): Promise<void> {
      const { publicKey } = generateKeyPair()
      const host = await insertDevice(pool, publicKey)
      const ip = `10.9.${host >> 8}.${host & 255}` // apart from the addresses CVault gives on the same interface
      const ssh = new NodeSSH()
      await ssh.connect({
        host: lab.server.host,
        port: lab.server.sshPort,
        username: lab.server.username,
        privateKey: lab.sshPrivateKey,
        readyTimeout: 20_000,
      })
      try {
        await run(ssh, `wg set ${lab.server.interfaceName} peer ${publicKey} allowed-ips ${ip}/32`)
        await run(ssh, `wg-quick save ${lab.server.interfaceName}`)
        const shown = await run(ssh, `wg show ${lab.server.interfaceName} allowed-ips`)
        if (!shown.includes(`${publicKey}\t${ip}/32`)) throw new Error('the peer is not there')
      } finally {
        ssh.dispose()
      }
    },
    close: () => pool.end(),
  }
}

async function insertDevice(pool: Pool, publicKey: string): Promise<number> {
  for (;;) {
    const { rows } = await pool.query<{ host: number }>('SELECT host FROM devices')
    const used = new Set(rows.map((row) => row.host))
    let host = 2
    while (used.has(host)) host += 1
    const { rowCount } = await pool.query('INSERT INTO devices VALUES ($1, $2) ON CONFLICT DO NOTHING', [publicKey, host])
    if (rowCount === 1) return host
  }
}

async function run(ssh: NodeSSH, command: string): Promise<string> {
  const { code, stdout, stderr } = await ssh.execCommand(command)
  if (code !== 0) throw new Error(`${command.split(' ', 2).join(' ')} exited ${code}: ${stderr}`)
  return stdout
}
