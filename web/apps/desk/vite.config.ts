import { face } from '../../scripts/vite-face'

export default face({ root: import.meta.dirname, base: '/desk/', out: 'desk', port: 5173 })
