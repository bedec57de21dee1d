export interface DevInfo {
  apiUrl: string
  portalUrl: string | null
  demoUrl: string | null
  adminToken: string
  tenant: { id: string; name: string; apiKey: string; apiSecret: string; adminEmail: string | null; adminPassword: string | null }
  user: { email: string; password: string }
  servers: { id: string; region: string; kind: string }[]
}

/** What a person sees when everything is up: where to click, who to be, what to paste. */
export function summaryOf(
  info: DevInfo,
  {
    home,
    seconds,
    unhealthy,
    whoamiUrl,
    hasOutbox,
  }: { home: string; seconds: number; unhealthy: string[]; whoamiUrl: string | null; hasOutbox: boolean },
): string {
  const { apiUrl, tenant, user } = info
  const login = `curl -s ${apiUrl}/api/v1/auth/login -H 'X-API-Key: ${tenant.apiKey}' -H 'Content-Type: application/json' -d '${JSON.stringify(user)}'`
  const authorised = `-H 'X-API-Key: ${tenant.apiKey}' -H "Authorization: Bearer $TOKEN"`
  const row = (label: string, value: string | null) => (value === null ? [] : [`  ${label.padEnd(12)}${value}`])
  return [
    '',
    `CVault is up (${seconds} s). Ctrl-C stops it; data and logs stay in ${home}`,
    '',
    ...row('API', apiUrl),
    ...row('API docs', `${apiUrl}/docs`),
    ...row('Portal', info.portalUrl),
    ...row('Demo app', info.demoUrl),
    ...row('Mails', hasOutbox ? `${apiUrl}/dev/outbox` : null),
    ...row('Servers', info.servers.map(({ region, kind }) => `${region} (${kind})`).join(', ') || null),
    '',
    ...row('Tenant', tenant.name),
    ...row('API key', tenant.apiKey),
    ...row('API secret', tenant.apiSecret),
    ...row('End user', `${user.email} / ${user.password}`),
    ...row('Portal user', tenant.adminEmail === null ? null : `${tenant.adminEmail} / ${tenant.adminPassword}`),
    ...row('Operator', info.adminToken),
    '',
    'Log in, make a device with its WireGuard config, list the servers:',
    '',
    `TOKEN=$(${login} | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `curl -s ${apiUrl}/api/v1/devices ${authorised} -H 'Content-Type: application/json' -d '{"deviceName":"my laptop"}'`,
    `curl -s ${apiUrl}/api/v1/servers ${authorised}`,
    '',
    ...(whoamiUrl === null ? [] : lookThrough(whoamiUrl)),
    ...(unhealthy.length === 0 ? [] : ['Not healthy yet:', ...unhealthy.map((line) => `  ${line}`), '']),
  ].join('\n')
}

// The servers' internet has no way out: only its web server goes through the tunnel, and the machine keeps its own routes.
function lookThrough(whoamiUrl: string): string[] {
  const { hostname } = new URL(whoamiUrl)
  return [
    `Through a tunnel, ${whoamiUrl} answers the address you come from. With the config as cvault.conf, leaving other routes alone:`,
    '',
    `sed -i '/^DNS/d; s|^AllowedIPs.*|AllowedIPs = ${hostname}/32|' cvault.conf && wg-quick up ./cvault.conf`,
    `curl ${whoamiUrl}; wg-quick down ./cvault.conf`,
    '',
  ]
}
