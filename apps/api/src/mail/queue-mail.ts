import type { BaseCtx } from '../context.ts'
import { newId } from '../ids.ts'
import type { Brand } from './brand.ts'
import { brandOf } from './brand.ts'
import { sealBody } from './mail-body.ts'
import { renderMail } from './render.ts'
import type { MailContent, MailData, TemplateName } from './templates.ts'
import { templates } from './templates.ts'

export type QueuedMail<Name extends TemplateName = TemplateName> = {
  [N in Name]: { tenantId: string | null; to: string; template: N; data: MailData[N] }
}[Name]

/**
 * Put a mail in the outbox, in the caller's transaction: it is sent if that commits, in the looks of the tenant; in ours while
 * nobody of the tenant has confirmed an address, so that no stranger's words reach whomever they name.
 */
export async function queueMail<Name extends TemplateName>(ctx: BaseCtx, mail: QueuedMail<Name>): Promise<void> {
  const { tenantId, to, template } = mail
  const id = newId()
  const brand = await readBrand(ctx, tenantId)
  const { subject, ...body } = renderMail(contentOf(mail, brand.name), brand)
  const bodyEncrypted = await sealBody(ctx.deps.keyring, { id, tenantId }, body)
  await ctx.db.mail.create({ data: { id, tenantId, recipient: to, template, subject, bodyEncrypted } })
  await ctx.db.$executeRaw`SELECT pg_notify('cvault_mail', '')`
}

function contentOf<Name extends TemplateName>({ template, data }: QueuedMail<Name>, brandName: string): MailContent {
  const make: (data: MailData[Name], brandName: string) => MailContent = templates[template]
  return make(data, brandName)
}

// The tenant may have been made in this very transaction: its data key comes from there as well.
async function readBrand(ctx: BaseCtx, tenantId: string | null): Promise<Brand> {
  if (tenantId === null) return brandOf({})
  const tenant = await ctx.db.tenant.findUniqueOrThrow({
    where: { id: tenantId },
    select: { whitelabelConfig: true, isUnconfirmed: true, wrappedKey: true, kekId: true },
  })
  ctx.deps.keyring.adopt(tenantId, tenant)
  return brandOf(tenant.isUnconfirmed ? {} : tenant.whitelabelConfig)
}
