import { describe, expect, it } from 'vitest'
import { isNight, metresBetween, sunHeight } from './earth'

const CHANGZHOU = { lon: 119.97, lat: 31.81 }

describe('on the earth', () => {
  it('a degree of latitude is 111.2 km, and so is one of longitude on the equator', () => {
    expect(metresBetween({ lon: 120, lat: 31 }, { lon: 120, lat: 32 })).toBeCloseTo(111_195, -1)
    expect(metresBetween({ lon: 0, lat: 0 }, { lon: 1, lat: 0 })).toBeCloseTo(111_195, -1)
    expect(metresBetween(CHANGZHOU, CHANGZHOU)).toBe(0)
  })

  it.each([
    ['winter solstice, dusk at 17:02', '2026-12-21T17:08:00+08:00', true],
    ['winter solstice, still day', '2026-12-21T16:55:00+08:00', false],
    ['summer solstice, dusk at 19:10', '2026-06-21T19:16:00+08:00', true],
    ['summer solstice, still day', '2026-06-21T19:02:00+08:00', false],
    ['midnight', '2026-03-20T00:00:00+08:00', true],
    ['noon', '2026-03-20T12:00:00+08:00', false],
  ])('night falls by the sun: %s', (_, at, night) => {
    expect(isNight(CHANGZHOU.lon, CHANGZHOU.lat, Date.parse(at))).toBe(night)
  })

  it('the sun stands 58° high at an equinox noon', () => {
    expect(sunHeight(120, 31.8, Date.parse('2026-03-20T12:07:00+08:00'))).toBeCloseTo(58.2, 0)
  })
})
