// The peer of B4: Fastify and one prepared query, and nothing that a product needs.
import process from 'node:process'
import { fastify } from 'fastify'
import { Pool } from 'pg'

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 16 })
const app = fastify()
app.get<{ Params: { id: string } }>('/devices/:id', async ({ params }) => {
  const { rows } = await pool.query({
    name: 'device',
    text: 'SELECT id, device_name, host(assigned_ip) AS assigned_ip, public_key, server_id, created_at FROM devices WHERE id = $1',
    values: [params.id],
  })
  return rows[0]
})
console.log(await app.listen({ port: 0 }))
