/** Coordinate systems a city's files come in: the word of the server and the key of its name. */
export const SYSTEMS = ['cgcs2000', 'wgs84', 'gcj02', 'bd09'] as const
/** Central meridians of the 3° zones of China. */
export const MERIDIANS = Array.from({ length: 21 }, (_, n) => 75 + 3 * n)
export const FORMATS = ['geojson', 'gpkg', 'shapefile', 'csv'] as const
export const TARGETS = ['divisions', 'grids', 'units', 'elements'] as const
export const ELEMENT_LAYERS = ['premises', 'facility', 'service_point', 'gathering_place'] as const

/** The nearest 3° meridians of a place, the likeliest first. */
export function likelyMeridians(lon: number): number[] {
  return [...MERIDIANS].sort((a, b) => Math.abs(a - lon) - Math.abs(b - lon)).slice(0, 3)
}
