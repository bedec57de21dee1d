'use client'

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Button } from '@cvault/ui/button'
import { CopyButton } from '@cvault/ui/copy-button'
import { createContext, type ReactNode, use, useCallback, useState } from 'react'
import { ShownOnce } from '../../../components/shown-once.tsx'
import type { FormState } from '../../../lib/form-state.ts'

interface NewSecret {
  name: string
  apiKey: string
  apiSecret: string
}

const ShowSecret = createContext<(state: FormState) => void>(() => {})

/** To hand over the answer that holds a new secret. */
export const useShowSecret = () => use(ShowSecret)

/** Where a new secret is shown, once: above the list, since the row it came from may be gone with the answer. */
export function SecretDesk({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<NewSecret | null>(null)
  const forget = useCallback(() => setShown(null), [])
  return (
    <ShowSecret value={({ result }) => setShown(toSecret(result))}>
      {children}
      <ShownOnce
        isShown={shown !== null}
        question="The secret is not stored yet and cannot be shown again. Leave all the same?"
        forget={forget}
      >
        {shown && <OneSecret {...shown} onStored={forget} />}
      </ShownOnce>
    </ShowSecret>
  )
}

function OneSecret({ name, apiKey, apiSecret, onStored }: NewSecret & { onStored: () => void }) {
  return (
    <>
      <AlertDialog.Title className="text-xl font-bold">Store this secret now</AlertDialog.Title>
      <AlertDialog.Description className="mt-2 text-muted">
        It belongs to the key “{name}” and is shown this once. We keep only its fingerprint, so nobody can show it again.
      </AlertDialog.Description>
      <div className="mt-5 grid gap-4">
        <Value label="API key" hint="Publishable: goes into your apps." text={apiKey} />
        <Value label="API secret" hint="Stays on your servers: never in an app, a repository or a mail." text={apiSecret} />
      </div>
      <div className="mt-6 flex flex-col-reverse gap-3 sm:flex-row sm:justify-between">
        <CopyButton label="Copy both as variables" text={`CVAULT_API_KEY=${apiKey}\nCVAULT_API_SECRET=${apiSecret}\n`} />
        <Button variant="primary" onClick={onStored}>
          I have stored it
        </Button>
      </div>
    </>
  )
}

function Value({ label, hint, text }: { label: string; hint: string; text: string }) {
  return (
    <div>
      <p className="text-sm font-semibold">{label}</p>
      <p className="text-sm text-muted">{hint}</p>
      <div className="mt-1.5 flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-sunken px-3 py-2.5 font-mono text-sm break-all select-all">{text}</code>
        <CopyButton text={text} label={`Copy ${label}`} isIconOnly />
      </div>
    </div>
  )
}

function toSecret(result: FormState['result']): NewSecret | null {
  const { name = '', apiKey = '', apiSecret } = result ?? {}
  return apiSecret === undefined ? null : { name, apiKey, apiSecret }
}
