import { CopyButton } from '@cvault/ui/copy-button'

const names: Record<string, string> = {
  sh: 'Shell',
  js: 'JavaScript',
  ts: 'TypeScript',
  html: 'HTML',
  json: 'JSON',
  http: 'HTTP',
}

export function CodeBlock({ language, code }: { language: string; code: string }) {
  const name = names[language] ?? 'Text'
  return (
    <div className="my-5 min-w-0 overflow-hidden rounded-xl border border-line bg-sunken print:break-inside-avoid">
      <div className="flex min-h-11 items-center justify-between gap-3 border-b border-line pr-1 pl-4">
        <p className="truncate text-sm font-semibold text-muted">{name}</p>
        <div className="print:hidden">
          <CopyButton text={code} label="Copy the code" isIconOnly variant="quiet" />
        </div>
      </div>
      <pre
        tabIndex={0}
        role="group"
        aria-label={`${name} code`}
        className="overflow-x-auto p-4 font-mono text-[0.8125rem] leading-relaxed focus-visible:-outline-offset-3 print:whitespace-pre-wrap"
      >
        <code>{code}</code>
      </pre>
    </div>
  )
}
