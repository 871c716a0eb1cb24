// Labels that would overlap go to lanes below each other.

export interface Label {
  /** Centre, in the same unit as `width`. */
  centre: number
  width: number
}

/** The lane of each label, in the order given (left to right); at most `lanes`, then the last one is shared. */
export function laneOf(labels: readonly Label[], lanes: number): number[] {
  const ends: number[] = []
  return labels.map(({ centre, width }) => {
    const left = centre - width / 2
    let lane = ends.findIndex((end) => end <= left)
    if (lane === -1) lane = ends.length < lanes ? ends.length : lanes - 1
    ends[lane] = centre + width / 2
    return lane
  })
}
