import { expect } from 'vitest'
import type { Lab } from '../harness/lab.ts'

const ofTenant = ['tenant.updated', 'tenant.bandwidth_exceeded', 'tenant.bandwidth_restored']
/** What counts as a change of state, by table, and the events one of which tells of it; `last seen` and counters do not. */
const watched: Record<string, { subjects: string[]; changes: Record<string, string[]> }> = {
  devices: {
    subjects: ['deviceId'],
    changes: {
      INSERT: ['device.created'],
      device_name: ['device.renamed'],
      public_key: ['device.key-rotated'],
      server_id: ['device.moved'],
      assigned_ip: [],
      status: ['device.deleted'],
    },
  },
  sessions: { subjects: ['sessionId'], changes: { INSERT: ['session.started'], status: ['session.ended'], server_id: [] } },
  tenant_users: {
    subjects: ['userId'],
    changes: { INSERT: ['user.registered'], status: ['user.disabled', 'user.enabled'], email: [], deleted_at: ['user.deleted'] },
  },
  tenants: {
    subjects: ['tenantId'],
    changes: {
      INSERT: ['tenant.created'],
      name: ofTenant,
      status: ['tenant.suspended', 'tenant.reactivated'],
      bandwidth_limit_gb: ofTenant,
      user_limit: ofTenant,
      max_devices_per_user: ofTenant,
      allow_client_to_client: ofTenant,
      bandwidth_exceeded_at: ofTenant,
    },
  },
  api_keys: {
    subjects: ['apiKeyId', 'newApiKeyId'],
    changes: {
      INSERT: ['api_key.created', 'api_key.rotated'],
      name: ['api_key.updated'],
      require_secret: ['api_key.updated'],
      expires_at: ['api_key.updated', 'api_key.rotated'],
      revoked_at: ['api_key.revoked'],
    },
  },
}
/** Audited acts that change nothing that is watched. */
const elsewhere = /^(auth|member|server|invitation|support)\.|^tenant\.warn$/
/** Acts on sessions name devices and users that they leave as they are. */
const ofSessions = /^(session|vpn)\./
/** Sessions that end because of these are part of what is said of them. */
const endsSessions = /^(device\.(move|delete)|user\.(disable|delete))$/
const tells = new Map(
  Object.entries(watched).flatMap(([table, { changes }]) =>
    Object.values(changes)
      .flat()
      .map((type) => [type, table] as const),
  ),
)

/**
 * A second account of every change, kept by triggers in the same transaction and known to no code of ours:
 * what the audit log, the events and the mails are compared with.
 */
export async function castShadow({ db }: Lab): Promise<void> {
  await db.query(`
    CREATE TABLE shadow (tx xid8 DEFAULT pg_current_xact_id(), of text, id text, said text);
    CREATE FUNCTION cast_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE changed text[] := '{}'; was jsonb; now jsonb := to_jsonb(NEW); field text;
    BEGIN
      IF TG_OP = 'INSERT' THEN changed := '{INSERT}'; ELSE
        was := to_jsonb(OLD);
        FOREACH field IN ARRAY string_to_array(TG_ARGV[0], ',') LOOP
          IF was -> field IS DISTINCT FROM now -> field THEN changed := changed || field; END IF;
        END LOOP;
      END IF;
      INSERT INTO shadow (of, id, said) SELECT TG_TABLE_NAME, now ->> 'id', each FROM unnest(changed) AS each;
      RETURN NULL;
    END $$;
    CREATE FUNCTION cast_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO shadow (of, id, said) VALUES (TG_TABLE_NAME, NEW.id::text, to_jsonb(NEW)::text); RETURN NULL; END $$;
    ${Object.entries(watched)
      .map(
        ([table, { changes }]) =>
          `CREATE TRIGGER shadow AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION cast_shadow('${Object.keys(changes).join(',')}');`,
      )
      .join('\n')}
    CREATE TRIGGER shadow AFTER INSERT ON mails FOR EACH ROW EXECUTE FUNCTION cast_shadow();
    CREATE TRIGGER shadow AFTER INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION cast_words();
    CREATE TRIGGER shadow AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION cast_words()`)
}

type Shadow = { tx: string; of: string; id: string; said: string }
type AuditRow = { action: string; result: string; target_id: string | null; before: unknown; after: unknown }
type EventRow = { type: string; data: Record<string, unknown> }

/** INV5 and INV6: one audit row and one event in the transaction of every change, and neither of a change that was not. */
export async function expectWrittenDown({ db }: Lab): Promise<void> {
  const { rows } = await db.query<Shadow>('SELECT DISTINCT tx::text, of, id, said FROM shadow')
  const wrongs: string[] = []
  const counts = { changes: 0, audited: 0, told: 0 }
  for (const [tx, all = []] of Map.groupBy(rows, (row) => row.tx)) {
    const changes = Map.groupBy(
      all.filter(({ of }) => of in watched),
      (row) => row.id,
    )
    const audits = all
      .filter(({ of }) => of === 'audit_log')
      .map(({ said }) => JSON.parse(said) as AuditRow)
      .filter(({ result, action }) => result === 'success' && !(elsewhere.test(action) && action !== 'auth.register'))
    const textOf = ({ target_id, before, after }: AuditRow) => JSON.stringify([target_id, before, after])
    const stories = all
      .filter(({ of }) => of === 'events')
      .map(({ said }) => JSON.parse(said) as EventRow)
      .filter(({ type }) => tells.has(type))
      .flatMap((event) => subjectsOf(event).map((id) => ({ id, type: event.type })))
    const isNewTenant = [...changes.values()].flat().some(({ of, said }) => of === 'tenants' && said === 'INSERT')
    for (const [id, [change, ...more]] of changes) {
      if (!change) continue
      counts.changes += 1
      const words = [change, ...more].map(({ said }) => said)
      const what = `${words.join(', ')} of ${change.of} ${id} in transaction ${tx}`
      const isSession = change.of === 'sessions'
      const told = audits.filter((row) => ofSessions.test(row.action) === isSession && textOf(row).includes(id))
      const isPartOfAnother = isSession && told.length === 0 && audits.some(({ action }) => endsSessions.test(action))
      if (told.length !== 1 && !isPartOfAnother)
        wrongs.push(`${what} has ${told.length} audit rows: ${told.map(({ action }) => action).join(', ')}`)
      if (isNewTenant && change.of === 'api_keys') continue // a tenant's first key is told of with the tenant
      const types = stories.filter((story) => story.id === id).map(({ type }) => type)
      const fitting = new Set(words.flatMap((word) => watched[change.of]?.changes[word] ?? []))
      if (types.length !== 1 || !fitting.has(types[0] ?? '')) wrongs.push(`${what} has the events ${types.join(', ') || 'none'}`)
    }
    for (const { id, type } of stories) {
      counts.told += 1
      if (changes.get(id)?.[0]?.of !== tells.get(type)) wrongs.push(`${type} of ${id} in transaction ${tx} tells of what did not change`)
    }
    for (const row of audits) {
      counts.audited += 1
      if (!changes.has(row.target_id ?? ''))
        wrongs.push(`${row.action} of ${row.target_id} in transaction ${tx} is audited and changed nothing`)
    }
  }
  const compared = `${counts.changes} changes, ${counts.audited} audit rows, ${counts.told} events`
  expect(wrongs, `changes and what was written of them (${compared})`).toEqual([])
  expect(counts.changes, 'changes to compare').toBeGreaterThan(50)
  console.log(`Written down: ${compared}.`)

  const { rows: altered } = await db.query(`
    SELECT s.id, s.of FROM shadow s LEFT JOIN events e ON s.of = 'events' AND e.id::text = s.id LEFT JOIN audit_log a ON s.of = 'audit_log' AND a.id::text = s.id
    WHERE s.of IN ('events', 'audit_log') AND coalesce(to_jsonb(e), to_jsonb(a))::text IS DISTINCT FROM s.said`)
  expect(altered, 'events and audit rows that are not as they were written').toEqual([])

  const { rows: untold } = await db.query(`
    SELECT d.id, d.status, count(*) FILTER (WHERE e.type = 'device.created')::int AS created, count(*) FILTER (WHERE e.type = 'device.deleted')::int AS deleted
    FROM devices d LEFT JOIN events e ON e.data ->> 'deviceId' = d.id::text
    GROUP BY d.id, d.status
    HAVING count(*) FILTER (WHERE e.type = 'device.created') <> 1
      OR count(*) FILTER (WHERE e.type = 'device.deleted') <> CASE WHEN d.status = 'revoked' THEN 1 ELSE 0 END`)
  expect(untold, 'devices whose events are not one each').toEqual([])
}

/** What an event is about: not everything that it names. */
function subjectsOf({ type, data }: EventRow): string[] {
  const { subjects } = watched[tells.get(type) ?? ''] ?? { subjects: [] }
  return subjects.map((field) => data[field]).filter((id) => typeof id === 'string')
}
