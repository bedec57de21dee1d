export const root: string
export const nodePath: string
export function step(
  title: string,
  command: string,
  args: string[],
  options?: { cwd?: string; env?: Record<string, string> },
): Promise<void>
export function endSteps(): void
