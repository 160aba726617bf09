import type { Bounds, CommunityDrawn, LonLat } from '@gridwork/api'
import { onThemeChange, token } from '@gridwork/ui'
import { GeoJSONSource, Map as MapLibre, setWorkerUrl, type MapMouseEvent, type MapTouchEvent } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPolygonMode } from 'terra-draw'
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter'
import { FONTS, mapStyle } from '../style'
import { netLayers, SOURCES, type NetSource } from './layers'
import { EMPTY, nearestVertex, type Handle } from './shapes'

setWorkerUrl(workerUrl)

export type Drawing = 'none' | 'line' | 'area'

export interface NetOwnerOptions {
  container: HTMLElement
  net: number
  bounds: Bounds
  center: LonLat
  label: string
  onGrid: (id: string | null, more: boolean) => void
  onHandle: (n: number) => void
  onDragging: (n: number, to: LonLat) => void
  onDropped: (n: number, to: LonLat) => void
  onDrawn: (points: LonLat[]) => void
  onReady: () => void
}

/** Within so many pixels a drawn point is put onto a vertex. */
const SNAP_PX = 12

/** The one owner of the map on which the net is edited. */
export class NetOwner {
  readonly #map: MapLibre
  readonly #options: NetOwnerOptions
  readonly #held = new Map<NetSource, GeoJSON.FeatureCollection>()
  readonly #stopTheme: () => void
  #draw: TerraDraw | null = null
  #drawing: Drawing = 'none'
  #ready = false
  #dragged: { n: number; to: LonLat } | null = null
  handles: readonly Handle[] = []
  communities: readonly CommunityDrawn[] = []

  constructor(options: NetOwnerOptions) {
    this.#options = options
    this.#map = new MapLibre({
      container: options.container, style: this.#style(), center: options.center, zoom: 13, minZoom: 6, maxZoom: 20,
      attributionControl: false, locale: { 'Map.Title': options.label }, dragRotate: false, pitchWithRotate: false,
      localIdeographFontFamily: FONTS, fadeDuration: 0, doubleClickZoom: false,
    })
    this.#map.touchZoomRotate?.disableRotation()
    this.#map.on('error', () => undefined)
    this.#map.on('style.load', () => this.#styled())
    this.#map.on('click', (event) => this.#clicked(event))
    this.#map.on('mousedown', (event) => this.#grab(event))
    this.#map.on('touchstart', (event) => { if (event.points.length === 1) this.#grab(event) })
    this.#map.on('mousemove', (event) => this.#pull(event))
    this.#map.on('touchmove', (event) => this.#pull(event))
    this.#map.on('mouseup', () => this.#drop())
    this.#map.on('touchend', () => this.#drop())
    this.#stopTheme = onThemeChange(() => {
      this.#endDrawing()
      this.#ready = false
      this.#map.setStyle(this.#style(), { diff: false })
    })
  }

  #style() {
    const { net, bounds } = this.#options
    return mapStyle({ origin: location.origin, net, bounds, scale: 1, cases: null })
  }

  #styled(): void {
    for (const id of SOURCES) this.#map.addSource(id, { type: 'geojson', data: this.#held.get(id) ?? EMPTY })
    for (const layer of netLayers()) this.#map.addLayer(layer)
    this.#ready = true
    this.setDrawing(this.#drawing)
    this.#options.onReady()
  }

  /** Shows these shapes in place of those of the source. */
  show(id: NetSource, shapes: GeoJSON.FeatureCollection): void {
    this.#held.set(id, shapes)
    const source = this.#ready ? this.#map.getSource(id) : null
    if (source instanceof GeoJSONSource) source.setData(shapes)
  }

  #near(event: { point: { x: number; y: number } }, layer: string, px: number) {
    if (!this.#ready || !this.#map.getLayer(layer)) return []
    const { x, y } = event.point
    return this.#map.queryRenderedFeatures([[x - px, y - px], [x + px, y + px]], { layers: [layer] })
  }

  #handleAt(event: { point: { x: number; y: number } }, px: number): number {
    const hits = this.#near(event, 'net-handle', px).map((f) => f.properties)
    const hit = hits.find((h) => h['middle'] === false) ?? hits[0]
    return hit ? Number(hit['n']) : -1
  }

  #clicked(event: MapMouseEvent): void {
    if (this.#drawing !== 'none') return
    const handle = this.#handleAt(event, 5)
    if (handle >= 0) {
      this.#options.onHandle(handle)
      return
    }
    const [hit] = [...this.#near(event, 'net-dedicated-fill', 1), ...this.#near(event, 'net-grid-fill', 1)]
    this.#options.onGrid(hit ? String(hit.properties['id']) : null, event.originalEvent.shiftKey)
  }

  #grab(event: MapMouseEvent | MapTouchEvent): void {
    if (this.#drawing !== 'none') return
    const touch = event.type === 'touchstart'
    const n = this.#handleAt(event, touch ? 16 : 5)
    if (n < 0) return
    this.#options.onHandle(n)
    if (this.handles[n]?.fixed) return
    event.preventDefault()
    this.#map.dragPan.disable()
    this.#dragged = { n, to: [event.lngLat.lng, event.lngLat.lat] }
  }

  #pull(event: MapMouseEvent | MapTouchEvent): void {
    if (!this.#dragged) return
    const at: LonLat = [event.lngLat.lng, event.lngLat.lat]
    this.#dragged.to = at
    this.#options.onDragging(this.#dragged.n, at)
  }

  #drop(): void {
    const dragged = this.#dragged
    if (!dragged) return
    this.#dragged = null
    this.#map.dragPan.enable()
    const from = this.handles[dragged.n]?.at
    const a = from && this.#map.project(from)
    const b = this.#map.project(dragged.to)
    if (a && Math.hypot(a.x - b.x, a.y - b.y) > 3) this.#options.onDropped(dragged.n, dragged.to)
  }

  /** Degrees of latitude of so many pixels here. */
  reach(px: number): number {
    const c = this.#map.getCenter()
    const p = this.#map.project(c)
    return Math.abs(c.lat - this.#map.unproject([p.x, p.y + px]).lat)
  }

  #snapped(lon: number, lat: number): LonLat | undefined {
    return nearestVertex(this.communities, [lon, lat], this.reach(SNAP_PX))
  }

  setDrawing(drawing: Drawing): void {
    this.#endDrawing()
    this.#drawing = drawing
    if (drawing === 'none' || !this.#ready) return
    const snapping = { toCustom: (event: { lng: number; lat: number }) => this.#snapped(event.lng, event.lat) }
    const accent = token('--accent')
    const colour = /^#[0-9a-f]{6}$/i.test(accent) ? accent : '#2f5fd0'
    const hex = colour as `#${string}`
    const styles = { snappingPointColor: hex, closingPointColor: hex }
    const draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: this.#map }),
      modes: [
        new TerraDrawLineStringMode({ snapping, styles: { lineStringColor: hex, lineStringWidth: 3, ...styles } }),
        new TerraDrawPolygonMode({ snapping, styles: { fillColor: hex, fillOpacity: 0.15, outlineColor: hex, outlineWidth: 3, ...styles } }),
      ],
    })
    draw.start()
    draw.setMode(drawing === 'line' ? 'linestring' : 'polygon')
    draw.on('finish', (id) => {
      const drawn = draw.getSnapshot().find((f) => f.id === id)
      draw.clear()
      const geometry = drawn?.geometry
      const points = geometry?.type === 'LineString' ? geometry.coordinates : geometry?.type === 'Polygon' ? geometry.coordinates[0] ?? [] : []
      this.#options.onDrawn(points.map((p): LonLat => [p[0] ?? 0, p[1] ?? 0]))
    })
    this.#draw = draw
  }

  #endDrawing(): void {
    if (this.#draw?.enabled) this.#draw.stop()
    this.#draw = null
  }

  /** The place under the middle of the map, put onto a vertex near it: where the keyboard draws. */
  middle(): LonLat {
    const c = this.#map.getCenter()
    return this.#snapped(c.lng, c.lat) ?? [c.lng, c.lat]
  }

  /** A place so many pixels from another. */
  moved(at: LonLat, dx: number, dy: number): LonLat {
    const p = this.#map.project(at)
    const { lng, lat } = this.#map.unproject([p.x + dx, p.y + dy])
    return [lng, lat]
  }

  panBy(dx: number, dy: number): void {
    this.#map.panBy([dx, dy], { duration: 0 })
  }

  fit(bounds: Bounds, padding = 48): void {
    this.#map.fitBounds(bounds, { padding, duration: 0, maxZoom: 18 })
  }

  zoomBy(step: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + step, duration: 0 })
  }

  /** Where a place stands on the map, pixels from its corner. */
  project(at: LonLat): { x: number; y: number } {
    return this.#map.project(at)
  }

  resize(): void {
    this.#map.resize()
  }

  close(): void {
    this.#stopTheme()
    this.#endDrawing()
    this.#map.remove()
  }
}
