import type { Bounds, LiveCase, LonLat } from '@gridwork/api'
import { onThemeChange } from '@gridwork/ui'
import { GeoJSONSource, Map as MapLibre, Marker, setWorkerUrl, VectorTileSource } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { drawImage, RATIO } from './images'
import { changeCollection, markCollection, tintCollection, tintExpression, type GridClick, type MapView, type Mark, type Tint } from './marks'
import { casesTiles, FONTS, LAYER_GROUPS, mapStyle, type LayerGroup } from './style'

setWorkerUrl(workerUrl)

export interface OwnerOptions {
  container: HTMLElement
  net: number
  bounds: Bounds
  center: LonLat
  zoom: number
  cases: string | null
  still: boolean
  scale: number
  label: string
  onPick: (at: LonLat) => void
  onCase: (id: string) => void
  onMark: (id: string) => void
  onGrid: (grid: GridClick) => void
  onMoved: (view: MapView) => void
}

const POINTS = ['mark-point', 'change-point', 'case-point']
/** Changes that lie over the tiles before the tiles are read again. */
const MOST_CHANGES = 200
const COUNTS_READ_AGAIN_MS = 10_000
const MOST_IMAGES = 600

/** The one owner of a MapLibre map. Callers hand it differences; nobody else touches the map. */
export class MapOwner {
  readonly #map: MapLibre
  readonly #options: OwnerOptions
  readonly #changes = new Map<string, LiveCase>()
  readonly #stopTheme: () => void
  readonly #images = new Set<string>()
  #cases: string | null
  #version = 0
  #marks: readonly Mark[] = []
  #shape: GeoJSON.Geometry | null = null
  #overlay: GeoJSON.FeatureCollection | null = null
  #tints: readonly Tint[] = []
  #hidden: readonly LayerGroup[] = []
  #pin: Marker | null = null
  #me: Marker | null = null
  #ready = false
  #countsTimer: ReturnType<typeof setTimeout> | undefined
  picking = false

  constructor(options: OwnerOptions) {
    this.#options = options
    this.#cases = options.cases
    this.#map = new MapLibre({
      container: options.container,
      style: this.#style(),
      center: options.center,
      zoom: options.zoom,
      minZoom: 6,
      maxZoom: 18,
      attributionControl: false,
      locale: { 'Map.Title': options.label },
      dragRotate: false,
      pitchWithRotate: false,
      interactive: !options.still,
      localIdeographFontFamily: FONTS,
      fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120,
    })
    this.#map.touchZoomRotate?.disableRotation()
    this.#listen()
    this.#stopTheme = onThemeChange(() => this.#restyle())
  }

  #style() {
    const { net, bounds, scale } = this.#options
    return mapStyle({ origin: location.origin, net, bounds, scale, cases: this.#cases })
  }

  #listen(): void {
    const map = this.#map
    map.setMissingStyleImageResolver((id) => {
      const drawn = drawImage(id)
      if (!drawn || map.hasImage(id)) return
      if (this.#images.size > MOST_IMAGES) this.#forgetImages()
      map.addImage(id, drawn, { pixelRatio: RATIO })
      this.#images.add(id)
    })
    map.on('style.load', () => {
      this.#ready = true
      this.#showAll()
    })
    // Without a network a tile does not come, and is asked for again by itself: nothing to be told.
    map.on('error', () => undefined)
    map.on('moveend', () => this.#options.onMoved(this.view()))
    map.on('click', (event) => {
      const at: LonLat = [event.lngLat.lng, event.lngLat.lat]
      if (this.picking) this.#options.onPick(at)
      else this.#clicked(event.point.x, event.point.y, at)
    })
    map.on('mousemove', (event) => {
      const over = this.picking ? 0 : this.#found(event.point.x, event.point.y, [...POINTS, 'case-count']).length
      map.getCanvas().style.cursor = this.picking ? 'crosshair' : over > 0 ? 'pointer' : ''
    })
  }

  #found(x: number, y: number, layers: string[]) {
    const here = layers.filter((layer) => this.#map.getLayer(layer))
    return here.length === 0 ? [] : this.#map.queryRenderedFeatures([[x - 3, y - 3], [x + 3, y + 3]], { layers: here })
  }

  #clicked(x: number, y: number, at: LonLat): void {
    const [hit] = this.#found(x, y, POINTS)
    if (hit) {
      const id = String(hit.properties['id'])
      if (hit.layer.id === 'mark-point') this.#options.onMark(id)
      else this.#options.onCase(id)
      return
    }
    if (this.#found(x, y, ['case-count']).length > 0) {
      this.#map.easeTo({ center: at, zoom: Math.min(17, this.#map.getZoom() + 2) })
      return
    }
    const [grid] = this.#found(x, y, ['grid-hit'])
    if (grid) {
      this.#options.onGrid({ code: String(grid.properties['code']), name: String(grid.properties['name'] ?? ''), lon: at[0], lat: at[1] })
    }
  }

  #source(id: string): GeoJSONSource | null {
    const source = this.#map.getSource(id)
    return source instanceof GeoJSONSource ? source : null
  }

  #showAll(): void {
    this.#source('marks')?.setData(markCollection(this.#marks))
    this.#showShape()
    this.#showOverlay()
    this.#showTints()
    this.#showChanges()
    this.#showLayers()
  }

  #showLayers(): void {
    for (const [group, layers] of Object.entries(LAYER_GROUPS)) {
      const visibility = this.#hidden.some((name) => name === group) ? 'none' : 'visible'
      for (const layer of layers) if (this.#map.getLayer(layer)) this.#map.setLayoutProperty(layer, 'visibility', visibility)
    }
  }

  #showShape(): void {
    this.#source('shape')?.setData(
      this.#shape ? { type: 'Feature', geometry: this.#shape, properties: {} } : { type: 'FeatureCollection', features: [] },
    )
  }

  #showOverlay(): void {
    this.#source('overlay')?.setData(this.#overlay ?? { type: 'FeatureCollection', features: [] })
  }

  #showTints(): void {
    this.#source('tints')?.setData(tintCollection(this.#tints))
    if (this.#map.getLayer('grid-tint')) this.#map.setPaintProperty('grid-tint', 'fill-color', tintExpression(this.#tints))
  }

  #showChanges(): void {
    this.#source('changes')?.setData(changeCollection(this.#changes.values()))
    if (this.#map.getLayer('case-point')) {
      this.#map.setFilter('case-point', ['!', ['in', ['get', 'id'], ['literal', [...this.#changes.keys()]]]])
    }
  }

  #forgetImages(): void {
    for (const id of this.#images) if (this.#map.hasImage(id)) this.#map.removeImage(id)
    this.#images.clear()
  }

  #restyle(): void {
    if (!this.#ready) return
    this.#ready = false
    this.#images.clear()
    this.#map.setStyle(this.#style(), { diff: false })
  }

  #readTilesAgain(): void {
    clearTimeout(this.#countsTimer)
    this.#countsTimer = undefined
    const source = this.#map.getSource('cases')
    if (this.#cases === null || !(source instanceof VectorTileSource)) return
    this.#version += 1
    const joint = this.#cases === '' ? '?' : '&'
    source.setTiles([`${casesTiles(location.origin, this.#cases)}${joint}v=${this.#version}`])
    this.#changes.clear()
    this.#showChanges()
  }

  /** A case happened: drawn at once as a point; counts follow within ten seconds. */
  change(live: LiveCase): void {
    if (this.#cases === null) return
    this.#changes.set(live.id, live)
    if (!this.#ready) return
    if (this.#changes.size > MOST_CHANGES) this.#readTilesAgain()
    else this.#showChanges()
    if (this.#map.getZoom() < 13) this.#countsTimer ??= setTimeout(() => this.#readTilesAgain(), COUNTS_READ_AGAIN_MS)
  }

  /** Everything may have changed (missed events, another filter). */
  refresh(cases: string | null = this.#cases): void {
    const structural = (cases === null) !== (this.#cases === null)
    this.#cases = cases
    if (structural) this.#restyle()
    else this.#readTilesAgain()
  }

  setMarks(marks: readonly Mark[]): void {
    this.#marks = marks
    if (this.#ready) this.#source('marks')?.setData(markCollection(marks))
  }

  setShape(shape: GeoJSON.Geometry | null): void {
    this.#shape = shape
    if (this.#ready) this.#showShape()
  }

  setOverlay(overlay: GeoJSON.FeatureCollection | null): void {
    this.#overlay = overlay
    if (this.#ready) this.#showOverlay()
  }

  /** Colours grids: as points from afar, as areas from near. */
  setTints(tints: readonly Tint[]): void {
    this.#tints = tints
    if (this.#ready) this.#showTints()
  }

  setHidden(groups: readonly LayerGroup[]): void {
    this.#hidden = groups
    if (this.#ready) this.#showLayers()
  }

  /** Places the pin, or takes it away. A pin that can be moved reports where it was dropped. */
  setPin(at: LonLat | null, element: HTMLElement | null, movable: boolean): void {
    this.#pin?.remove()
    this.#pin = null
    if (!at) return
    const pin = new Marker({ ...(element ? { element, anchor: 'bottom' } : {}), draggable: movable, offset: [0, movable ? 0 : -9] }).setLngLat(at).addTo(this.#map)
    pin.on('dragend', () => {
      const { lng, lat } = pin.getLngLat()
      this.#options.onPick([lng, lat])
    })
    this.#pin = pin
  }

  setMe(at: LonLat | null): void {
    this.#me?.remove()
    this.#me = null
    if (!at) return
    const dot = document.createElement('span')
    dot.className = 'gw-map-me'
    this.#me = new Marker({ element: dot }).setLngLat(at).addTo(this.#map)
  }

  flyTo(at: LonLat, zoom?: number): void {
    this.#map.easeTo({ center: at, zoom: zoom ?? Math.max(15, this.#map.getZoom()), essential: false })
  }

  fit(bounds: Bounds, padding = 24): void {
    this.#map.fitBounds(bounds, { padding, duration: 0, maxZoom: 16.5 })
  }

  zoomBy(step: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + step })
  }

  view(): MapView {
    const b = this.#map.getBounds()
    const c = this.#map.getCenter()
    return { bounds: [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()], center: [c.lng, c.lat], zoom: this.#map.getZoom() }
  }

  resize(): void {
    this.#map.resize()
  }

  /** Resolves when everything asked for is drawn. */
  settled(): Promise<void> {
    return new Promise((done) => { this.#map.once('idle', () => done()) })
  }

  close(): void {
    clearTimeout(this.#countsTimer)
    this.#stopTheme()
    this.#map.remove()
  }
}
