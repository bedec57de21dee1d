'use client'

import { Tabs } from '@base-ui/react/tabs'
import { CopyButton } from '@cvault/ui/copy-button'
import type { Sample } from './samples.ts'

/** The same steps in several languages, one at a time. */
export function CodeSamples({ samples }: { samples: Sample[] }) {
  return (
    <Tabs.Root defaultValue={samples[0]?.id}>
      <Tabs.List aria-label="Language" className="mb-4 flex flex-wrap gap-1 border-b border-line">
        {samples.map(({ id, label }) => (
          <Tabs.Tab
            key={id}
            value={id}
            className="-mb-px min-h-11 cursor-pointer border-b-3 border-transparent px-4 font-semibold text-muted hover:text-ink focus-visible:-outline-offset-3 data-active:border-accent data-active:text-ink"
          >
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {samples.map((sample) => (
        <Tabs.Panel key={sample.id} value={sample.id} className="grid grid-cols-1 gap-4 outline-offset-4">
          {sample.install !== null && <Code name="Install" code={sample.install} label="Copy the command" />}
          <Code name={sample.fileName} code={sample.code} label="Copy the code" />
          <p className="text-sm wrap-anywhere text-muted">{sample.hint}</p>
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}

function Code({ name, code, label }: { name: string; code: string; label: string }) {
  return (
    <div className="min-w-0 overflow-hidden rounded-xl border border-line bg-sunken">
      <div className="flex items-center justify-between gap-3 border-b border-line py-1 pr-1 pl-4">
        <p className="truncate text-sm font-semibold">{name}</p>
        <CopyButton text={code} label={label} isIconOnly variant="quiet" />
      </div>
      <pre
        tabIndex={0}
        role="region"
        aria-label={name}
        className="overflow-x-auto p-4 font-mono text-[0.8125rem] leading-relaxed focus-visible:-outline-offset-3"
      >
        <code>{code.trimEnd()}</code>
      </pre>
    </div>
  )
}
