import { token } from '@gridwork/ui'
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { FONTS } from '../style'

export const SOURCES = ['net-around', 'net-grids', 'net-compared', 'net-faults', 'net-drawn', 'net-handles'] as const
export type NetSource = (typeof SOURCES)[number]

const on = (yes: number, no: number): ExpressionSpecification => ['case', ['boolean', ['get', 'on'], false], yes, no]
const isPoint: ExpressionSpecification = ['==', ['geometry-type'], 'Point']
const isArea: ExpressionSpecification = ['==', ['geometry-type'], 'Polygon']
const byStatus = (): ExpressionSpecification => [
  'match', ['get', 'status'], 'made', token('--ok-bar'), 'changed', token('--due-soon-bar'), token('--map-community'),
]
const byChange = (): ExpressionSpecification => [
  'match', ['get', 'change'], 'added', token('--ok-bar'), 'removed', token('--overdue-bar'), token('--due-soon-bar'),
]

/** What is drawn over the base map while the net is edited, the lowest first. */
export function netLayers(): LayerSpecification[] {
  const dedicated: ExpressionSpecification = ['==', ['get', 'kind'], 'dedicated']
  return [
    { id: 'net-around-line', type: 'line', source: 'net-around', paint: { 'line-color': token('--map-community'), 'line-width': 0.8, 'line-opacity': 0.7 } },
    { id: 'net-grid-fill', type: 'fill', source: 'net-grids', filter: ['!', dedicated], paint: { 'fill-color': token('--accent'), 'fill-opacity': on(0.22, 0.05) } },
    { id: 'net-dedicated-fill', type: 'fill', source: 'net-grids', filter: dedicated, paint: { 'fill-color': token('--info'), 'fill-opacity': on(0.34, 0.14) } },
    { id: 'net-compared-fill', type: 'fill', source: 'net-compared', paint: { 'fill-color': byChange(), 'fill-opacity': 0.28 } },
    { id: 'net-compared-line', type: 'line', source: 'net-compared', paint: { 'line-color': byChange(), 'line-width': 2, 'line-dasharray': [3, 2] } },
    { id: 'net-grid-line', type: 'line', source: 'net-grids', filter: ['!', dedicated], layout: { 'line-join': 'round' }, paint: { 'line-color': byStatus(), 'line-width': on(2.6, 1.6) } },
    { id: 'net-dedicated-line', type: 'line', source: 'net-grids', filter: dedicated, paint: { 'line-color': token('--info'), 'line-width': on(2.6, 1.4), 'line-dasharray': [3, 1.5] } },
    { id: 'net-fault-fill', type: 'fill', source: 'net-faults', filter: isArea, paint: { 'fill-color': token('--overdue-bar'), 'fill-opacity': on(0.65, 0.4) } },
    { id: 'net-fault-line', type: 'line', source: 'net-faults', filter: isArea, paint: { 'line-color': token('--overdue'), 'line-width': on(3, 1.5) } },
    { id: 'net-fault-point', type: 'circle', source: 'net-faults', filter: isPoint, paint: { 'circle-radius': on(9, 6), 'circle-color': token('--overdue-bar'), 'circle-opacity': 0.25, 'circle-stroke-color': token('--overdue'), 'circle-stroke-width': 2 } },
    { id: 'net-name', type: 'symbol', source: 'net-grids', minzoom: 13, layout: { 'text-field': ['get', 'name'], 'text-font': FONTS.split(', '), 'text-size': 11, 'text-max-width': 8 }, paint: { 'text-color': token('--map-label'), 'text-halo-color': token('--map-halo'), 'text-halo-width': 1.6 } },
    { id: 'net-drawn-line', type: 'line', source: 'net-drawn', paint: { 'line-color': token('--accent'), 'line-width': 2.5, 'line-dasharray': [2, 1.5] } },
    { id: 'net-drawn-point', type: 'circle', source: 'net-drawn', filter: isPoint, paint: { 'circle-radius': 4, 'circle-color': token('--accent'), 'circle-stroke-color': token('--mark-ground'), 'circle-stroke-width': 1.5 } },
    {
      id: 'net-handle', type: 'circle', source: 'net-handles',
      paint: {
        'circle-radius': ['case', ['get', 'on'], 8, ['get', 'middle'], 4, ['get', 'fixed'], 3, 6],
        'circle-color': ['case', ['get', 'fixed'], token('--map-community'), ['get', 'on'], token('--due-soon-bar'), ['get', 'middle'], token('--mark-ground'), token('--accent')],
        'circle-stroke-color': ['case', ['get', 'middle'], token('--accent'), token('--mark-ground')], 'circle-stroke-width': 1.6,
      },
    },
  ]
}
