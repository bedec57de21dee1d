import type { Lab } from '../harness/lab.ts'
import { accountOperations } from './account-operations.ts'
import { createClient } from './client.ts'
import type { Send } from './client.ts'
import { deviceOperations } from './device-operations.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import type { KnownTenant } from './tenants.ts'

export type Surroundings = { history: History; random: Random; regions: string[]; adminToken: string; send: Send }

/** How often it is done beside the others, and what. */
export type Operation = [share: number, act: (tenant: KnownTenant, others: KnownTenant[]) => Promise<void>]

/** One random thing that one of the tenants, its users or the operator does. */
export function createOperations(lab: Lab, urls: string[], tenants: KnownTenant[], history: History, random: Random): () => Promise<void> {
  const surroundings = {
    history,
    random,
    regions: lab.servers.map(({ region }) => region),
    adminToken: lab.env['ADMIN_TOKEN'] ?? '',
    send: createClient(urls, history, random),
  }
  const operations = [...deviceOperations(surroundings), ...accountOperations(surroundings)]
  const weighted = operations.flatMap(([share, act]) => Array.from({ length: share }, () => act))
  return async () => {
    const tenant = random.pick(tenants)
    if (!tenant) return
    const others = tenants.filter((other) => other !== tenant)
    await random.pick(weighted)?.(tenant, others)
  }
}
