import { face } from '../../scripts/vite-face'

export default face({ root: import.meta.dirname, base: '/field/', out: 'field', port: 5174 })
