// Labels stay inside their picture; those that would overlap go to lanes below each other.

export interface Label {
  /** Centre, in the same unit as `width`. */
  centre: number
  width: number
}

export interface Place {
  lane: number
  /** How far the label moves from its centre to stay inside. */
  shift: number
}

/** Labels in the order given (left to right), inside 0 to `room`; at most `lanes`, then the last one is shared. */
export function placeLabels(labels: readonly Label[], room: number, lanes: number): Place[] {
  const ends: number[] = []
  return labels.map((label) => {
    const left = insideLeft(label, room)
    let lane = ends.findIndex((end) => end <= left)
    if (lane === -1) lane = ends.length < lanes ? ends.length : lanes - 1
    ends[lane] = left + label.width
    return { lane, shift: left + label.width / 2 - label.centre }
  })
}

function insideLeft({ centre, width }: Label, room: number): number {
  return Math.max(0, Math.min(centre - width / 2, room - width))
}
