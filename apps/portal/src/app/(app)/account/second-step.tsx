'use client'

import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Notice } from '@cvault/ui/notice'
import { ShownOnce } from '../../../components/shown-once.tsx'
import type { FormState } from '../../../lib/form-state.ts'
import { ChangeSecondStep } from './change-second-step.tsx'
import { OneTimeCodes } from './one-time-codes.tsx'
import { StartSecondStep } from './start-second-step.tsx'

interface SecondStepProps {
  csrf: string
  isOn: boolean
  codesLeft: number
}

/** The second step on or off. What was done, and codes that are shown once, are kept here: the form they came from may be gone. */
export function SecondStep({ csrf, isOn, codesLeft }: SecondStepProps) {
  const [codes, setCodes] = useState('')
  const [told, setTold] = useState('')
  const status = useRef<HTMLDivElement>(null)
  const router = useRouter()
  const forget = useCallback(() => setCodes(''), [])
  useEffect(() => {
    if (told !== '') status.current?.focus()
  }, [told])

  const showCodes = ({ result }: FormState) => setCodes(result?.recoveryCodes ?? '')
  const keepCodes = () => {
    setCodes('')
    setTold(isOn ? 'The new recovery codes are in force: the old ones open nothing any more.' : 'The second step is on.')
    router.refresh()
  }
  return (
    <>
      <div ref={status} role="status" tabIndex={-1} className="outline-none not-empty:mb-4">
        {told !== '' && <Notice tone="info">{told}</Notice>}
      </div>
      {isOn ? (
        <ChangeSecondStep csrf={csrf} codesLeft={codesLeft} onCodes={showCodes} onOff={() => setTold('The second step is off.')} />
      ) : (
        <StartSecondStep csrf={csrf} onCodes={showCodes} />
      )}
      <ShownOnce
        isShown={codes !== ''}
        question="The recovery codes are not stored yet and cannot be shown again. Leave all the same?"
        forget={forget}
        finalFocus={status}
      >
        <OneTimeCodes text={codes} onKept={keepCodes} />
      </ShownOnce>
    </>
  )
}
