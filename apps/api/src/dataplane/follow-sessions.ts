import { mostOfADay } from './roll-up.ts'

const capped = (column: string, sum: string) => `${column} = least(x.${column} + ${sum}, ${mostOfADay})`

/**
 * Sessions as the server saw them, as CTEs that read `round` and `moved` (see `record-usage.ts`). Bytes go to the session that was
 * open while they moved, also when it has ended since. A handshake after the last goodbye opens a session, unless one is open; the
 * app that connects later finds it. At a look, a session ends whose device was not heard of for the life of a handshake, as of
 * when it last was. On a simulated server, where made-up traffic never ends, sessions open only for devices whose last one a
 * server opened too (the demo data's), and none ends for silence.
 * Nothing here waits for a device's row, which verbs hold while they wait for a peer's. Joins are full so that they are hashed:
 * planned for a table that was empty, they would compare each with each, and even with what this very statement has put there.
 */
export const followSessions = `heard AS (
    SELECT m.tenant_id, m.tenant_user_id, m.device_id, m.since, m.rx_delta AS rx, m.tx_delta AS tx, m.handshake,
      CASE WHEN m.rx_delta > 0 AND m.handshake > round.alive_since THEN round.at ELSE m.handshake END AS last_seen_at,
      CASE WHEN m.desired = 'present' AND m.handshake > round.alive_since THEN m.session_id END AS new_id
    FROM moved m, round
  ), open AS MATERIALIZED (
    SELECT id, server_id, device_id FROM sessions WHERE status = 'active' AND device_id = ANY (ARRAY(SELECT device_id FROM moved))
  ), target AS MATERIALIZED (
    SELECT heard.*, open.id IS NULL AND heard.new_id IS NOT NULL AND (round.is_real OR ended.opened_by = 'server')
        AND heard.handshake > coalesce(ended.disconnected_at, '-infinity') AS opens,
      CASE WHEN open.server_id = round.server_id THEN open.id
        WHEN ended.server_id = round.server_id AND ended.disconnected_at > heard.since THEN ended.id END AS session_id
    FROM heard FULL JOIN open USING (device_id) CROSS JOIN round
    LEFT JOIN LATERAL (
      SELECT s.id, s.server_id, s.disconnected_at, s.opened_by FROM sessions s
      WHERE open.server_id IS DISTINCT FROM round.server_id AND s.tenant_id = heard.tenant_id AND s.device_id = heard.device_id AND s.status = 'disconnected'
      ORDER BY s.connected_at DESC, s.id DESC LIMIT 1
    ) AS ended ON true
  ), opened AS (
    INSERT INTO sessions (id, tenant_id, tenant_user_id, device_id, server_id, opened_by, connected_at, last_seen_at, rx_bytes, tx_bytes)
    SELECT new_id, tenant_id, tenant_user_id, device_id, round.server_id, 'server', handshake, last_seen_at,
      CASE WHEN session_id IS NULL THEN least(rx, ${mostOfADay}) ELSE 0 END, CASE WHEN session_id IS NULL THEN least(tx, ${mostOfADay}) ELSE 0 END
    FROM target, round WHERE opens
    ON CONFLICT (device_id) WHERE status = 'active' DO NOTHING
    RETURNING id, tenant_id, tenant_user_id, device_id, server_id, connected_at
  ), silent AS (
    SELECT quiet.id FROM (
      SELECT s.id, s.device_id FROM round JOIN sessions s ON s.server_id = round.server_id AND s.status = 'active'
      WHERE round.ends_silent AND round.is_real AND greatest(s.connected_at, s.last_seen_at) < round.alive_since
    ) AS quiet FULL JOIN (
      SELECT DISTINCT t.device_id FROM target t, round WHERE t.last_seen_at >= round.alive_since
    ) AS loud USING (device_id) WHERE loud.device_id IS NULL
  ), change AS (
    SELECT id, sum(rx) AS rx, sum(tx) AS tx, max(last_seen_at) AS last_seen_at, bool_or(ends) AS ends
    FROM (
      SELECT session_id AS id, rx, tx, last_seen_at, false AS ends FROM target WHERE session_id IS NOT NULL
      UNION ALL SELECT id, 0, 0, NULL, true FROM silent
    ) AS part GROUP BY id
  ), followed AS (
    UPDATE sessions x SET ${capped('rx_bytes', 'c.rx')}, ${capped('tx_bytes', 'c.tx')},
      last_seen_at = CASE WHEN x.status = 'active' THEN greatest(x.last_seen_at, c.last_seen_at) ELSE x.last_seen_at END,
      status = CASE WHEN c.ends THEN 'disconnected' ELSE x.status END,
      disconnected_at = CASE WHEN c.ends AND x.status = 'active' THEN greatest(x.connected_at, x.last_seen_at, c.last_seen_at) ELSE x.disconnected_at END,
      end_reason = CASE WHEN c.ends AND x.status = 'active' THEN 'no-handshake' ELSE x.end_reason END
    FROM change c WHERE x.id = c.id
    RETURNING x.id, x.tenant_id, x.tenant_user_id, x.device_id, x.server_id, c.ends AND x.end_reason = 'no-handshake' AS ends
  ), audited AS (
    INSERT INTO audit_log (id, tenant_id, actor_type, actor_id, action, target_type, target_id, result, after)
    SELECT gen_random_uuid(), tenant_id, 'system', 'data-plane', action, 'session', id::text, 'success',
      jsonb_build_object('deviceId', device_id, 'serverId', server_id)
    FROM (
      SELECT id, tenant_id, device_id, server_id, 'session.open' AS action FROM opened
      UNION ALL SELECT id, tenant_id, device_id, server_id, 'session.lapse' FROM followed WHERE ends
    ) AS changed
  ), told AS (
    INSERT INTO events (id, tenant_id, type, data)
    SELECT gen_random_uuid(), tenant_id, 'session.started',
      jsonb_build_object('sessionId', id, 'deviceId', device_id, 'serverId', server_id, 'userId', tenant_user_id, 'openedBy', 'server') FROM opened
    UNION ALL SELECT gen_random_uuid(), tenant_id, 'session.ended',
      jsonb_build_object('sessionId', id, 'deviceId', device_id, 'userId', tenant_user_id, 'reason', 'no-handshake') FROM followed WHERE ends
  ), last_connected AS (
    UPDATE devices d SET last_connected_at = greatest(d.last_connected_at, free.connected_at)
    FROM (
      SELECT e.id, o.connected_at FROM devices e JOIN opened o ON e.tenant_id = o.tenant_id AND e.id = o.device_id FOR NO KEY UPDATE OF e SKIP LOCKED
    ) AS free WHERE d.id = free.id
  )`
