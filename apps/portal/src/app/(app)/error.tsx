'use client'

import { Failed, type FailedProps } from '../../components/failed.tsx'

/** Inside the frame: the ways to every other page stay. */
export default function AppError(props: FailedProps) {
  return <Failed {...props} />
}
