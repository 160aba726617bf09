export { answer, mockFetch, type Answer } from './answer'
export { CASES, CATALOGUE, clock, ORGS, page } from './cases'
export { CELLS, CITY } from './city'
