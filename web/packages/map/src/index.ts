export { default as MapView } from './MapView.vue'
export { markCollection, type GridClick, type MapView as MapArea, type Mark, type Tint } from './marks'
export { LAYER_GROUPS, type LayerGroup } from './style'
