import { uuidv7, type BlurArea, type Purpose, type UploadedMedia } from '@gridwork/api'

/** A picture (or document, or video) on this device that waits to be sent. */
export interface LocalPhoto {
  key: string
  blob: Blob
  name: string
  /** What must not be seen, each number 0..1 of the width or height. */
  areas: BlurArea[]
  purpose: Purpose
  /** Known once the server has it; a changed picture loses it. */
  mediaId: string | null
}

export function localPhoto(file: File, purpose: Purpose = 'near'): LocalPhoto {
  return { key: uuidv7(), blob: file, name: file.name, areas: [], purpose, mediaId: null }
}

/** Longest side of what is sent, pixels: enough to read a house number, small enough for a weak network. */
const LONGEST = 2400
const QUALITY = 0.86
/** The blurred part is reduced to at most this many blocks a side, from which nothing can be read back. */
const BLOCKS = 6

/** The size in which a picture of `width` × `height` pixels is sent. */
export function sentSize(width: number, height: number, longest = LONGEST): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** An area in whole pixels, grown outwards and kept inside the picture. */
export function areaInPixels([x, y, w, h]: BlurArea, width: number, height: number): [number, number, number, number] {
  const left = Math.max(0, Math.floor(x * width))
  const top = Math.max(0, Math.floor(y * height))
  const right = Math.min(width, Math.ceil((x + w) * width))
  const bottom = Math.min(height, Math.ceil((y + h) * height))
  return [left, top, Math.max(0, right - left), Math.max(0, bottom - top)]
}

function coarsen(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, areas: BlurArea[]): void {
  const small = document.createElement('canvas')
  const pen = small.getContext('2d')
  if (!pen) throw new Error('no canvas')
  for (const area of areas) {
    const [x, y, w, h] = areaInPixels(area, canvas.width, canvas.height)
    if (w === 0 || h === 0) continue
    small.width = Math.max(1, Math.min(BLOCKS, Math.round((BLOCKS * w) / Math.max(w, h))))
    small.height = Math.max(1, Math.min(BLOCKS, Math.round((BLOCKS * h) / Math.max(w, h))))
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(canvas, x, y, w, h, 0, 0, small.width, small.height)
    context.imageSmoothingEnabled = false
    context.drawImage(small, 0, 0, small.width, small.height, x, y, w, h)
    context.imageSmoothingEnabled = true
  }
}

/**
 * The picture as it leaves this device: upright, no larger than needed, without position and camera data, its blurred
 * parts burnt into the pixels. Documents and videos pass as they are.
 */
export async function asSent(photo: LocalPhoto): Promise<Blob> {
  if (!photo.blob.type.startsWith('image/')) return photo.blob
  const picture = await createImageBitmap(photo.blob, { imageOrientation: 'from-image' })
  try {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, sentSize(picture.width, picture.height))
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no canvas')
    context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    coarsen(canvas, context, photo.areas)
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', QUALITY)
    })
  } finally {
    picture.close()
  }
}

export type Uploader = (file: Blob, areas: BlurArea[], photo: LocalPhoto) => Promise<UploadedMedia>

/** Sends what the server does not have yet, in order; `noted` is told after each, so that a break loses none. */
export async function uploadAll(photos: LocalPhoto[], upload: Uploader, noted: (photos: LocalPhoto[]) => Promise<void> | void): Promise<LocalPhoto[]> {
  let present = photos
  for (const photo of photos) {
    if (photo.mediaId !== null) continue
    const sent = await upload(await asSent(photo), photo.areas, photo)
    present = present.map((one) => (one.key === photo.key ? { ...one, mediaId: sent.id } : one))
    await noted(present)
  }
  return present
}
