import { slugger } from './headings.ts'

/** What of a syntax tree these plugins read and change. */
interface Node {
  type: string
  tagName?: string
  value?: string
  children?: Node[]
  properties?: Record<string, unknown>
  data?: { hName?: string; hProperties?: Record<string, string> }
}

function visit(node: Node, each: (node: Node) => void): void {
  each(node)
  for (const child of node.children ?? []) visit(child, each)
}

const textOf = (node: Node): string => node.value ?? (node.children ?? []).map(textOf).join('')

/** The one HTML our texts use: `<a id="…"></a>`, a place to link to. All other HTML stays unrendered. */
export function remarkAnchors() {
  return (tree: Node): void =>
    visit(tree, (node) => {
      const id = node.type === 'html' ? /^<a id="([\w-]+)">$/.exec(node.value ?? '')?.[1] : undefined
      if (id === undefined) return
      Object.assign(node, { type: 'anchor', children: [], data: { hName: 'span', hProperties: { id } } })
      delete node.value
    })
}

/** Ids for headings, the same as in the contents. */
export function rehypeHeadingIds() {
  return (tree: Node): void => {
    const slug = slugger()
    visit(tree, (node) => {
      if (/^h[1-6]$/.test(node.tagName ?? '')) node.properties = { ...node.properties, id: slug(textOf(node)) }
    })
  }
}
