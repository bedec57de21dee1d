/** Whether it is `#rrggbb`, the only notation that is kept. */
export const isHexColor = (value: unknown): value is string => typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)

const minimumContrast = 4.5

/** The contrast of two `#rrggbb` colours as WCAG 2 counts it, 1 to 21. */
export function contrastOf(left: string, right: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(left), luminanceOf(right)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** White where it can be read on the colour, else black. */
export const textColorOn = (background: string): '#ffffff' | '#000000' =>
  contrastOf(background, '#ffffff') >= minimumContrast ? '#ffffff' : '#000000'

/** Whether text of this colour can be read on white and, as white, on it. */
export const isReadableColor = (color: string): boolean => contrastOf(color, '#ffffff') >= minimumContrast

function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
