type Ring = readonly (readonly number[])[]

/** Whether a horizontal ray from the point crosses the ring an odd number of times. */
function inRing(ring: Ring, lon: number, lat: number): boolean {
  let odd = false
  ring.forEach(([x1 = 0, y1 = 0], n) => {
    const [x2 = 0, y2 = 0] = ring[(n + 1) % ring.length] ?? []
    if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) odd = !odd
  })
  return odd
}

/** Whether a point lies in a shape, so that this device knows its own grid with no network. */
export function isInside(shape: GeoJSON.Geometry | null, lon: number, lat: number): boolean {
  const polygons = shape?.type === 'Polygon' ? [shape.coordinates] : shape?.type === 'MultiPolygon' ? shape.coordinates : []
  return polygons.some(([outer, ...holes]) => outer !== undefined && inRing(outer, lon, lat) && !holes.some((hole) => inRing(hole, lon, lat)))
}
