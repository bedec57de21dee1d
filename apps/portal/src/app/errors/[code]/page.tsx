import { ErrorCode } from '@cvault/schema/error-codes'
import { notFound, permanentRedirect } from 'next/navigation'
import type { PageProps } from '../../../lib/page-props.ts'

/** Where the `type` of a problem document leads: `/errors/rate-limited`. A code as it is written elsewhere, `RATE_LIMITED`, does too. */
export default async function ErrorTypePage({ params }: PageProps) {
  const { data: code } = ErrorCode.safeParse(((await params)['code'] ?? '').toUpperCase().replaceAll('-', '_'))
  if (code === undefined) notFound()
  permanentRedirect(`/docs/errors#${code.toLowerCase().replaceAll('_', '-')}`)
}
