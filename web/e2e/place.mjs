// Where the stories happen: the first grid of the first community of the first town of Tianning.
import { person } from './server.mjs'

const TIANNING = '320402000000'

/** The grid's name, code and middle. A ruling binds its community, so a demo that runs on can be given another one. */
export async function firstGrid(url, nth = Number(process.env.GRIDWORK_COMMUNITY ?? 0)) {
  const desk = await person(url, 'city.dispatch.1')
  const below = async (code) => (await desk.get(`/api/divisions?parent=${code}`)).divisions
  const [town] = await below(TIANNING)
  const community = (await below(town.code))[nth]
  const { grid } = await desk.get(`/api/grids/${community.code}1001`)
  return { code: grid.code, name: grid.name, lon: grid.lon, lat: grid.lat, community, town }
}
