export interface Step {
  from: string
  to: string
  text: string
}

/** `Your app -> CVault: GET /x`, a line each: who tells whom what. */
export function parseSequence(source: string): { actors: string[]; steps: Step[] } {
  const steps = source
    .trim()
    .split('\n')
    .map((line) => {
      const [, from, to, text] = /^(.+?) -> (.+?): (.+)$/.exec(line.trim()) ?? []
      if (from === undefined || to === undefined || text === undefined) throw new Error(`Not a step of a sequence: ${line}`)
      return { from, to, text }
    })
  return { actors: [...new Set(steps.flatMap(({ from, to }) => [from, to]))], steps }
}
