'use client'

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Button } from '@cvault/ui/button'
import { CopyButton } from '@cvault/ui/copy-button'

export function OneTimeCodes({ text, onKept }: { text: string; onKept: () => void }) {
  return (
    <>
      <AlertDialog.Title className="text-xl font-bold">Keep these recovery codes</AlertDialog.Title>
      <AlertDialog.Description className="mt-2 text-muted">
        Each opens once, where your authenticator is lost. They are shown this once.
      </AlertDialog.Description>
      <pre className="mt-4 rounded-lg bg-sunken p-3 font-mono text-sm select-all">{text}</pre>
      <div className="mt-6 flex flex-col-reverse gap-3 sm:flex-row sm:justify-between">
        <CopyButton text={text} label="Copy the codes" />
        <Button variant="primary" onClick={onKept}>
          I have stored them
        </Button>
      </div>
    </>
  )
}
