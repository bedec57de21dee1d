export interface CodeSpan {
  kind: 'plain' | 'comment' | 'text' | 'keyword'
  value: string
  /** Where it begins. */
  offset: number
}

const tokens =
  /(?<comment>\/\/[^\n]*)|(?<text>'[^'\n]*'|`[^`]*`)|(?<keyword>\b(?:import|from|export|const|await|async|new|return|if|for|of|function|type)\b)/g

/** Colour for the few lines of TypeScript this app shows; all spans together are the code. */
export function highlight(code: string): CodeSpan[] {
  const spans: CodeSpan[] = []
  let end = 0
  for (const { index, 0: value, groups } of code.matchAll(tokens)) {
    if (index > end) spans.push({ kind: 'plain', value: code.slice(end, index), offset: end })
    const kind = groups?.comment !== undefined ? 'comment' : groups?.text !== undefined ? 'text' : 'keyword'
    spans.push({ kind, value, offset: index })
    end = index + value.length
  }
  if (end < code.length) spans.push({ kind: 'plain', value: code.slice(end), offset: end })
  return spans
}
