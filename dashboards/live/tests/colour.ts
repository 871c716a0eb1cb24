// Colour arithmetic of the palette test: contrast (WCAG 2), colour blindness (Machado 2009), distance (CIE 1976).

export type Rgb = [number, number, number]
type Matrix = [Rgb, Rgb, Rgb]

/** Severity 1.0, on linear light. */
export const BLINDNESS: Record<string, Matrix> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** Linear light of `#rrggbb`. */
export function linear(hex: string): Rgb {
  const channel = (start: number) => {
    const value = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(linear(one)), luminance(linear(other))].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

function times(matrix: Matrix, [red, green, blue]: Rgb): Rgb {
  return matrix.map((row) => Math.min(1, Math.max(0, row[0] * red + row[1] * green + row[2] * blue))) as Rgb
}

function lab(colour: Rgb): Rgb {
  const [red, green, blue] = colour
  const xyz: Rgb = [
    (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
    0.2126 * red + 0.7152 * green + 0.0722 * blue,
    (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
  ]
  const [x, y, z] = xyz.map((part) => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116)) as Rgb
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

/** How far apart two colours look to an eye of this kind; about 2 is the least that is noticed side by side. */
export function distance(one: string, other: string, kind?: string): number {
  const seen = (hex: string) => (kind ? times(BLINDNESS[kind] as Matrix, linear(hex)) : linear(hex))
  const [a, b] = [lab(seen(one)), lab(seen(other))]
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}
