import { Collapsible } from '@base-ui/react/collapsible'
import { ChevronRight, Code } from 'lucide-react'
import { type CodeSpan, highlight } from '../format/highlight.ts'
import { CopyButton } from '@cvault/ui/copy-button'

const look: Record<CodeSpan['kind'], string> = {
  plain: '',
  comment: 'text-muted italic',
  text: 'text-warn',
  keyword: 'text-accent font-medium',
}

/** The SDK calls that the page makes, closed until somebody wants them. */
export function CodeBehind({ code, title = 'Code behind this page' }: { code: string; title?: string }) {
  return (
    <Collapsible.Root className="card overflow-hidden">
      <Collapsible.Trigger className="group flex min-h-12 w-full items-center gap-3 px-4 text-left font-semibold hover:bg-sunken focus-visible:-outline-offset-3">
        <Code aria-hidden size={18} className="text-muted" />
        {title}
        <ChevronRight aria-hidden size={18} className="ml-auto text-muted transition-transform group-data-panel-open:rotate-90" />
      </Collapsible.Trigger>
      <Collapsible.Panel>
        <CodeBlock code={code} label={title} />
      </Collapsible.Panel>
    </Collapsible.Root>
  )
}

export function CodeBlock({ code, label }: { code: string; label: string }) {
  const text = code.trim()
  return (
    <div className="relative border-t border-line bg-sunken">
      <pre
        // Long lines scroll sideways: the keyboard must reach them.
        tabIndex={0}
        role="region"
        aria-label={label}
        className="overflow-x-auto p-4 max-sm:pt-14 sm:pr-16 font-mono text-sm leading-relaxed focus-visible:-outline-offset-3"
      >
        <code>
          {highlight(text).map(({ kind, value, offset }) => (
            <span key={offset} className={look[kind]}>
              {value}
            </span>
          ))}
        </code>
      </pre>
      <div className="absolute top-2 right-2 rounded-lg bg-sunken">
        <CopyButton text={text} label="Copy code" isIconOnly variant="quiet" />
      </div>
    </div>
  )
}
