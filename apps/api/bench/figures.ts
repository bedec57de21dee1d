export type Figure = {
  id: string
  value: number
  /** `x`: times as much. `ratio`: share of the other side. The others are absolute. */
  unit: 'x' | 'ratio' | 's' | 'ms' | 'MiB'
  /** How the figure must stand to its bars. */
  direction: 'at-least' | 'at-most'
  bar: number
  aim: number
  /** Both sides, as measured. */
  detail: string
}

export const reachesBar = ({ value, direction, bar }: Figure): boolean => (direction === 'at-least' ? value >= bar : value <= bar)

/** `B1 163x (bar >= 50x, aim >= 150x) ok   [2104/s against 12.9/s]` */
export function formatFigure(figure: Figure): string {
  const show = (value: number) =>
    figure.unit === 'x' ? `${round(value)}x` : figure.unit === 'ratio' ? round(value) : `${round(value)} ${figure.unit}`
  const sign = figure.direction === 'at-least' ? '>=' : '<='
  const verdict = reachesBar(figure) ? 'ok' : 'below bar'
  return `${figure.id} ${show(figure.value)} (bar ${sign} ${show(figure.bar)}, aim ${sign} ${show(figure.aim)}) ${verdict}   [${figure.detail}]`
}

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3))
