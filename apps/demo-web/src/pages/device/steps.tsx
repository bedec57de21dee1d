import type { ReactNode } from 'react'
import { CopyButton } from '@cvault/ui/copy-button'

/** How the configuration gets into WireGuard. */
export function Steps({ fileName }: { fileName: string }) {
  const command = `sudo wg-quick up ./${fileName}`
  return (
    <section aria-labelledby="steps" className="grid gap-4">
      <h2 id="steps" className="text-lg font-bold">
        Put it into WireGuard
      </h2>
      <div className="grid gap-4 md:grid-cols-3">
        <StepList title="On a phone">
          <li>
            Get the WireGuard app from the app store (<WireGuardLink />
            ).
          </li>
          <li>
            Tap <b>+</b>, then <b>Scan from QR code</b>, and scan the code above.
          </li>
          <li>Name the tunnel and switch it on.</li>
        </StepList>
        <StepList title="On Windows or a Mac">
          <li>
            Install WireGuard (<WireGuardLink />
            ).
          </li>
          <li>
            Press <b>Download .conf</b> above.
          </li>
          <li>
            <b>Import tunnel(s) from file</b>, then <b>Activate</b>.
          </li>
        </StepList>
        <StepList title="On Linux">
          <li>
            Install <code className="font-mono">wireguard-tools</code>, download the file, and run:
            <span className="mt-2 flex items-center gap-1 rounded-lg bg-sunken pl-3">
              <code className="min-w-0 flex-1 py-2 font-mono text-sm wrap-anywhere">{command}</code>
              <CopyButton text={command} label="Copy command" isIconOnly variant="quiet" />
            </span>
          </li>
          <li>
            To end it, the same with <code className="font-mono">down</code>.
          </li>
        </StepList>
      </div>
    </section>
  )
}

function StepList({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="card min-w-0 p-5">
      <h3 className="mb-2 font-semibold">{title}</h3>
      <ol className="list-decimal space-y-2 pl-5 text-[0.9375rem] marker:text-muted">{children}</ol>
    </div>
  )
}

function WireGuardLink() {
  return (
    <a href="https://www.wireguard.com/install/" target="_blank" rel="noreferrer" className="text-link">
      wireguard.com/install
    </a>
  )
}
