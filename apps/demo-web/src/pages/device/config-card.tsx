import type { DeviceConfig } from '@cvault/sdk-js'
import { Download, Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@cvault/ui/button'
import { CopyButton } from '@cvault/ui/copy-button'
import { QrCode } from '@cvault/ui/qr-code'
import { hidePrivateKey, lacksPrivateKey } from './config-text.ts'
import { downloadText } from '../../format/download-text.ts'

export function ConfigCard({ config, fileName }: DeviceConfig) {
  const [isShown, setShown] = useState(false)
  const isWhole = !lacksPrivateKey(config)
  return (
    <section aria-labelledby="config" className={`card grid gap-6 p-5 sm:p-6 ${isWhole ? 'md:grid-cols-[1fr_15rem]' : ''}`}>
      <div className="min-w-0">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2 id="config" className="text-lg font-bold">
            Configuration
          </h2>
          {isWhole && (
            <Button
              variant="quiet"
              className="px-2!"
              icon={isShown ? <EyeOff aria-hidden size={18} /> : <Eye aria-hidden size={18} />}
              onClick={() => setShown(!isShown)}
            >
              {isShown ? 'Hide key' : 'Show key'}
            </Button>
          )}
        </div>
        <pre
          role="region"
          aria-label="Configuration text"
          tabIndex={0}
          className="overflow-x-auto rounded-lg bg-sunken p-4 font-mono text-sm leading-relaxed"
        >
          {isShown ? config.trimEnd() : hidePrivateKey(config).trimEnd()}
        </pre>
        <div className="mt-4 flex flex-wrap gap-2">
          <CopyButton text={config} label="Copy" />
          <Button variant="primary" icon={<Download aria-hidden size={18} />} onClick={() => downloadText(fileName, config, 'text/plain')}>
            Download .conf
          </Button>
        </div>
      </div>
      {isWhole && (
        <figure className="max-w-60 justify-self-center text-center md:justify-self-end">
          <div className="rounded-xl border border-line bg-white p-2">
            <QrCode text={config} label="QR code for the WireGuard app" />
          </div>
          <figcaption className="mt-2 text-sm text-muted">Scan it with the WireGuard app. It holds the key: show it to nobody.</figcaption>
        </figure>
      )}
    </section>
  )
}
