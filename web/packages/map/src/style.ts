import { STAGES, type Bounds } from '@gridwork/api'
import { token } from '@gridwork/ui'
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'

/** Fonts are taken from the device: there is no glyph server. */
export const FONTS = 'PingFang SC, Microsoft YaHei, Noto Sans SC, Noto Sans CJK SC, sans-serif'

/** What can be put away on a map, with the style's layers that draw it. */
export const LAYER_GROUPS = {
  cases: ['case-point', 'case-count', 'change-point'],
  grids: ['grid-line', 'grid-label'],
  dedicated: ['dedicated-ground', 'dedicated-line'],
  names: ['community-label', 'town-label', 'district-label'],
} as const
export type LayerGroup = keyof typeof LAYER_GROUPS

export interface StyleParts {
  origin: string
  net: number
  bounds: Bounds
  /** Factor of marks and names. */
  scale: number
  /** Query of the case tiles, `?stage=…` or empty; `null` draws none. */
  cases: string | null
}

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }

/** One of six tints by the last digits of a code, so that neighbours differ. */
function tint(from: number, to: number): ExpressionSpecification {
  const pick: ExpressionSpecification = ['%', ['to-number', ['slice', ['to-string', ['get', 'code']], from, to], 0], 6]
  return [
    'match', pick, 0, token('--map-tint-1'), 1, token('--map-tint-2'), 2, token('--map-tint-3'),
    3, token('--map-tint-4'), 4, token('--map-tint-5'), token('--map-tint-6'),
  ]
}

function label(id: string, layer: string, zooms: [number, number], sizes: [number, number], strong: boolean, scale: number): LayerSpecification {
  return {
    id, type: 'symbol', source: 'areas', 'source-layer': layer, minzoom: zooms[0], maxzoom: zooms[1],
    layout: {
      'text-field': ['get', 'name'], 'text-font': FONTS.split(', '), 'text-size': ['interpolate', ['linear'], ['zoom'], zooms[0], sizes[0] * scale, zooms[0] + 3.4, sizes[1] * scale],
      'text-letter-spacing': strong ? 0.18 : 0, 'text-max-width': 9, 'text-padding': 4,
    },
    paint: {
      'text-color': token(strong ? '--map-label' : '--map-label-2'),
      'text-halo-color': token('--map-halo'), 'text-halo-width': 1.6,
    },
  }
}

function areaLayers(): LayerSpecification[] {
  const line = (id: string, layer: string, minzoom: number, colour: string, width: ExpressionSpecification | number, dash?: number[]): LayerSpecification => ({
    id, type: 'line', source: 'areas', 'source-layer': layer, minzoom,
    layout: { 'line-join': 'round' },
    paint: { 'line-color': token(colour), 'line-width': width, ...(dash ? { 'line-dasharray': dash } : {}) },
  })
  return [
    { id: 'district-ground', type: 'fill', source: 'areas', 'source-layer': 'districts', maxzoom: 8.2, paint: { 'fill-color': token('--map-tint-1') } },
    { id: 'town-ground', type: 'fill', source: 'areas', 'source-layer': 'towns', minzoom: 8, maxzoom: 11, paint: { 'fill-color': tint(6, 9), 'fill-antialias': false } },
    { id: 'community-ground', type: 'fill', source: 'areas', 'source-layer': 'communities', minzoom: 11, paint: { 'fill-color': tint(9, 12), 'fill-antialias': false } },
    { id: 'dedicated-ground', type: 'fill', source: 'areas', 'source-layer': 'dedicated', minzoom: 13.5, paint: { 'fill-color': token('--accent'), 'fill-opacity': 0.06 } },
    { id: 'grid-hit', type: 'fill', source: 'areas', 'source-layer': 'grids', minzoom: 12, paint: { 'fill-color': token('--accent'), 'fill-opacity': 0 } },
    { id: 'grid-tint', type: 'fill', source: 'areas', 'source-layer': 'grids', minzoom: 12, paint: { 'fill-color': 'rgba(0, 0, 0, 0)' } },
    line('grid-line', 'grids', 12, '--map-grid', 0.75),
    line('dedicated-line', 'dedicated', 13.5, '--accent-line', 1, [3, 2]),
    line('community-line', 'communities', 10, '--map-community', ['interpolate', ['linear'], ['zoom'], 10, 0.25, 12, 0.6, 13.5, 1.25]),
    line('town-line', 'towns', 8, '--map-town', ['interpolate', ['linear'], ['zoom'], 8, 0.5, 12, 1.6], [7, 2, 1.5, 2]),
    line('district-line', 'districts', 5, '--map-town', ['interpolate', ['linear'], ['zoom'], 7, 1, 12, 2.4]),
  ]
}

function labelLayers(scale: number): LayerSpecification[] {
  return [
    label('grid-label', 'grid_labels', [15, 24], [11, 11], false, scale),
    label('community-label', 'community_labels', [12.6, 17], [12, 12], false, scale),
    label('town-label', 'town_labels', [9.6, 15], [11, 14], true, scale),
    label('district-label', 'district_labels', [6, 11.5], [12, 16], true, scale),
  ]
}

const caseIcon: ExpressionSpecification = [
  'concat', 'case|', ['get', 'stage'], '|', ['match', ['get', 'level'], 'red', 'red', 'amber', 'amber', 'none'],
]

/** Later stages lie below earlier ones, what is overdue above all. */
const caseOrder: ExpressionSpecification = ['match', ['get', 'level'], 'red', 3, 'amber', 2, 1]

function shares(): ExpressionSpecification {
  const count: ExpressionSpecification = ['max', 1, ['coalesce', ['get', 'count'], 1]]
  const parts: (ExpressionSpecification | string)[] = []
  STAGES.forEach((stage, i) => {
    if (i > 0) parts.push(',')
    parts.push(['to-string', ['ceil', ['/', ['*', 24, ['coalesce', ['get', `s_${stage}`], 0]], count]]])
  })
  const joined: ExpressionSpecification = ['concat', ...parts]
  return joined
}

const countIcon = (): ExpressionSpecification => [
  'concat', 'count|', ['to-string', ['get', 'count']], '|', ['to-string', ['coalesce', ['get', 'red'], 0]], '|', shares(),
]

function caseLayers(scale: number): LayerSpecification[] {
  const point = (id: string, source: string, from?: string): LayerSpecification => ({
    id, type: 'symbol', source, ...(from ? { 'source-layer': from } : {}),
    layout: {
      'icon-image': caseIcon, 'icon-size': scale, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': caseOrder,
    },
  })
  return [
    point('case-point', 'cases', 'cases'),
    {
      id: 'case-count', type: 'symbol', source: 'cases', 'source-layer': 'counts',
      layout: { 'icon-image': countIcon(), 'icon-size': scale, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'count'] },
    },
  ]
}

function markLayers(): LayerSpecification[] {
  return [
    {
      id: 'change-point', type: 'symbol', source: 'changes', minzoom: 13,
      layout: { 'icon-image': caseIcon, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': caseOrder },
    },
    {
      id: 'mark-point', type: 'symbol', source: 'marks',
      layout: {
        'icon-image': caseIcon, 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': caseOrder,
        'text-field': ['get', 'label'], 'text-font': FONTS.split(', '), 'text-size': 12, 'text-offset': [1.1, -0.9],
        'text-allow-overlap': true, 'text-ignore-placement': true,
      },
      paint: { 'text-color': token('--text'), 'text-halo-color': token('--mark-ground'), 'text-halo-width': 2 },
    },
  ]
}

/** Areas and points a page lays over the map, coloured by their `state`. */
function overlayLayers(): LayerSpecification[] {
  const colour: ExpressionSpecification = ['match', ['get', 'state'], 'fault', token('--overdue-bar'), 'overlap', token('--overdue-bar'), 'outside', token('--overdue-bar'), 'gap', token('--due-soon-bar'), token('--accent')]
  return [
    { id: 'overlay-fill', type: 'fill', source: 'overlay', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': ['match', ['get', 'state'], 'good', 0.08, 0.45] } },
    { id: 'overlay-line', type: 'line', source: 'overlay', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'line-color': colour, 'line-width': ['match', ['get', 'state'], 'good', 0.8, 1.8] } },
    { id: 'overlay-point', type: 'circle', source: 'overlay', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': colour, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 2, 16, 5], 'circle-stroke-color': token('--mark-ground'), 'circle-stroke-width': 1 } },
  ]
}

/** The whole style from the tokens now in force. */
export function mapStyle(parts: StyleParts): StyleSpecification {
  const { origin, net, cases, scale } = parts
  return {
    version: 8,
    sources: {
      areas: {
        type: 'vector', tiles: [`${origin}/api/tiles/areas/${net}/{z}/{x}/{y}.mvt`], minzoom: 6, maxzoom: 16, bounds: parts.bounds,
      },
      shape: { type: 'geojson', data: EMPTY },
      overlay: { type: 'geojson', data: EMPTY },
      changes: { type: 'geojson', data: EMPTY },
      marks: { type: 'geojson', data: EMPTY },
      tints: { type: 'geojson', data: EMPTY },
      ...(cases === null ? {} : { cases: { type: 'vector', tiles: [casesTiles(origin, cases)], minzoom: 5, maxzoom: 16 } }),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('--map-ground') } },
      ...areaLayers(),
      { id: 'shape-fill', type: 'fill', source: 'shape', paint: { 'fill-color': token('--accent'), 'fill-opacity': 0.13 } },
      { id: 'shape-line', type: 'line', source: 'shape', paint: { 'line-color': token('--accent'), 'line-width': 1.75 } },
      ...overlayLayers(),
      { id: 'tint-point', type: 'circle', source: 'tints', maxzoom: 12.4, paint: { 'circle-color': ['get', 'colour'], 'circle-opacity': 0.8, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 1.6, 12, 5] } },
      ...labelLayers(scale),
      ...(cases === null ? [] : caseLayers(scale)),
      ...markLayers(),
    ],
  }
}

export function casesTiles(origin: string, query: string): string {
  return `${origin}/api/tiles/cases/{z}/{x}/{y}.mvt${query}`
}
