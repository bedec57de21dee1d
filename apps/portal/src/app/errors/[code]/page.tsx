import { ErrorCode } from '@cvault/schema/error-codes'
import { notFound, permanentRedirect } from 'next/navigation'
import type { PageProps } from '../../../lib/page-props.ts'

/** Where the `type` of a problem document leads: `/errors/rate-limited`. */
export default async function ErrorTypePage({ params }: PageProps) {
  const { code = '' } = await params
  if (!/^[a-z-]+$/.test(code) || !ErrorCode.safeParse(code.toUpperCase().replaceAll('-', '_')).success) notFound()
  permanentRedirect(`/docs/errors#${code}`)
}
