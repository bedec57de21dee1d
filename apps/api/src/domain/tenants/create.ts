import type { CreateTenant, TenantCreated } from '@cvault/schema/tenants'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { newId } from '../../ids.ts'
import { insertTenant } from './shared.ts'

/** A tenant with its data key and its first API key, whose secret is in this answer only. */
export async function createTenant(ctx: OperatorCtx, input: CreateTenant): Promise<TenantCreated> {
  return inTx(ctx, (ctx) => insertTenant(ctx, newId(), input))
}
