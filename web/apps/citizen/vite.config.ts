import { face } from '../../scripts/vite-face'

export default face({ root: import.meta.dirname, base: '/', out: 'citizen', port: 5175 })
