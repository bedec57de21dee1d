import { expect } from 'vitest'
import type { Lab } from '../harness/lab.ts'

/** What counts as a change of state, by table; `last seen` and counters do not. */
const watched = {
  devices: ['device_name', 'public_key', 'server_id', 'assigned_ip', 'status'],
  tenant_users: ['status', 'email', 'deleted_at'],
  tenants: [
    'name',
    'status',
    'bandwidth_limit_gb',
    'user_limit',
    'max_devices_per_user',
    'allow_client_to_client',
    'bandwidth_exceeded_at',
  ],
  api_keys: ['name', 'require_secret', 'expires_at', 'revoked_at'],
}
/** Audited acts that change nothing that is watched. */
const elsewhere = /^(auth|member|session|server|invitation|support|vpn)\.|^tenant\.warn$/

/**
 * A second account of every change, kept by triggers in the same transaction and known to no code of ours:
 * what the audit log and the events are compared with.
 */
export async function castShadow({ db }: Lab): Promise<void> {
  await db.query(`
    CREATE TABLE shadow (tx xid8 DEFAULT pg_current_xact_id(), of text, id text, said text);
    CREATE FUNCTION cast_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE is_changed boolean := TG_OP = 'INSERT'; was jsonb; now jsonb := to_jsonb(NEW); field text;
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        was := to_jsonb(OLD);
        FOREACH field IN ARRAY string_to_array(TG_ARGV[0], ',') LOOP is_changed := is_changed OR was -> field IS DISTINCT FROM now -> field; END LOOP;
      END IF;
      IF is_changed THEN INSERT INTO shadow (of, id, said) VALUES (TG_TABLE_NAME, now ->> 'id', TG_OP); END IF;
      RETURN NULL;
    END $$;
    CREATE FUNCTION cast_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO shadow (of, id, said) VALUES (TG_TABLE_NAME, NEW.id::text, to_jsonb(NEW)::text); RETURN NULL; END $$;
    ${Object.entries(watched)
      .map(
        ([table, columns]) =>
          `CREATE TRIGGER shadow AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION cast_shadow('${columns.join(',')}');`,
      )
      .join('\n')}
    CREATE TRIGGER shadow AFTER INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION cast_words();
    CREATE TRIGGER shadow AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION cast_words()`)
}

type Shadow = { tx: string; of: string; id: string; said: string }
type AuditRow = { action: string; result: string; target_id: string | null; before: unknown; after: unknown }

/** INV5 and INV6: one audit row and an event in the transaction of every change, and no audit row of a change that was not. */
export async function expectWrittenDown({ db }: Lab): Promise<void> {
  const { rows } = await db.query<Shadow>('SELECT DISTINCT tx::text, of, id, said FROM shadow')
  const wrongs: string[] = []
  const counts = { changes: 0, audited: 0 }
  for (const [tx, all = []] of Map.groupBy(rows, (row) => row.tx)) {
    const changes = new Map(all.filter(({ of }) => of in watched).map((row) => [row.id, row]))
    const audits = all
      .filter(({ of }) => of === 'audit_log')
      .map(({ said }) => JSON.parse(said) as AuditRow)
      .filter(({ result, action }) => result === 'success' && !(elsewhere.test(action) && action !== 'auth.register'))
    const events = all.filter(({ of }) => of === 'events').map(({ said }) => (JSON.parse(said) as { data: unknown }).data)
    const textOf = ({ target_id, before, after }: AuditRow) => JSON.stringify([target_id, before, after])
    for (const [id, change] of changes) {
      counts.changes += 1
      const what = `${change.said} of ${change.of} ${id} in transaction ${tx}`
      const told = audits.filter((row) => textOf(row).includes(id))
      if (told.length !== 1) wrongs.push(`${what} has ${told.length} audit rows: ${told.map(({ action }) => action).join(', ')}`)
      // The first key of a tenant is told of with the tenant.
      const isFirstKey =
        change.of === 'api_keys' && [...changes.values()].some((other) => other.of === 'tenants' && other.said === 'INSERT')
      if (!isFirstKey && !events.some((data) => JSON.stringify(data).includes(id))) wrongs.push(`${what} has no event`)
    }
    for (const row of audits) {
      counts.audited += 1
      if (!changes.has(row.target_id ?? ''))
        wrongs.push(`${row.action} of ${row.target_id} in transaction ${tx} is audited and changed nothing`)
    }
  }
  expect(wrongs, `changes and what was written of them (${counts.changes} changes, ${counts.audited} audit rows)`).toEqual([])
  expect(counts.changes, 'changes to compare').toBeGreaterThan(50)

  const { rows: untold } = await db.query(`
    SELECT d.id, d.status, count(*) FILTER (WHERE e.type = 'device.created')::int AS created, count(*) FILTER (WHERE e.type = 'device.deleted')::int AS deleted
    FROM devices d LEFT JOIN events e ON e.data ->> 'deviceId' = d.id::text
    GROUP BY d.id, d.status
    HAVING count(*) FILTER (WHERE e.type = 'device.created') <> 1
      OR count(*) FILTER (WHERE e.type = 'device.deleted') <> CASE WHEN d.status = 'revoked' THEN 1 ELSE 0 END`)
  expect(untold, 'devices whose events are not one each').toEqual([])
}
