import type { BenchLab } from './lab.ts'

/** The value of one series, e.g. `name{kind="look"}`, as the API's process says it; 0 when there is none yet. */
export async function readMetric(lab: BenchLab, series: string): Promise<number> {
  const response = await fetch(`${lab.apiUrl}/metrics`, { headers: lab.operator })
  if (!response.ok) throw new Error(`GET /metrics answered ${response.status}`)
  const line = (await response.text()).split('\n').find((text) => text.startsWith(`${series} `))
  return line === undefined ? 0 : Number(line.slice(series.length + 1))
}
