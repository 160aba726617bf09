const RAD = Math.PI / 180
const EARTH_RADIUS_M = 6_371_008.8

/** Great-circle distance in metres (haversine). */
export function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const dLat = (b.lat - a.lat) * RAD
  const dLon = (b.lon - a.lon) * RAD
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(h))
}

/**
 * Height of the sun in degrees, to about a quarter of a degree.
 * Source: the low-precision formulas of the Astronomical Almanac (C24), good from 1950 to 2050.
 */
export function sunHeight(lon: number, lat: number, at: number): number {
  const days = at / 86_400_000 - 10_957.5
  const meanLongitude = 280.46 + 0.985_647_4 * days
  const anomaly = (357.528 + 0.985_600_3 * days) * RAD
  const ecliptic = (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * RAD
  const obliquity = (23.439 - 0.000_000_4 * days) * RAD
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic))
  const ascension = Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic))
  const siderealDegrees = 280.460_618_37 + 360.985_647_366 * days + lon
  const hourAngle = siderealDegrees * RAD - ascension
  const sine = Math.sin(lat * RAD) * Math.sin(declination) + Math.cos(lat * RAD) * Math.cos(declination) * Math.cos(hourAngle)
  return Math.asin(sine) / RAD
}

/** Whether the sun is down there; its upper rim, as seen through the air, crosses the horizon at −0.833°. */
export function isNight(lon: number, lat: number, at: number): boolean {
  return sunHeight(lon, lat, at) < -0.833
}
