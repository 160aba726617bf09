import { describe, expect, it } from 'vitest'
import { areaInPixels, localPhoto, sentSize, uploadAll, type LocalPhoto } from './localPhoto'

const document_ = (name: string): LocalPhoto =>
  localPhoto(new File([name], name, { type: 'application/pdf' }), 'other')

describe('what is sent', () => {
  it('is never larger than needed and never enlarged', () => {
    expect(sentSize(4800, 3600)).toEqual({ width: 2400, height: 1800 })
    expect(sentSize(3000, 6000, 1500)).toEqual({ width: 750, height: 1500 })
    expect(sentSize(640, 480)).toEqual({ width: 640, height: 480 })
  })

  it('blurs whole pixels, outwards, inside the picture', () => {
    expect(areaInPixels([0.101, 0.5, 0.2, 0.25], 100, 100)).toEqual([10, 50, 21, 25])
    expect(areaInPixels([0.9, 0.9, 0.5, 0.5], 100, 200)).toEqual([90, 180, 10, 20])
    expect(areaInPixels([1.2, 0, 0.1, 0.1], 100, 100)[2]).toBe(0)
  })

  it('sends again only what the server does not have', async () => {
    const asked: string[] = []
    const first = document_('a')
    const photos = [first, { ...document_('b'), mediaId: 'known' }, document_('c')]
    let kept = photos
    const upload = async (_: Blob, __: unknown, photo: LocalPhoto) => {
      asked.push(photo.name)
      if (photo.name === 'c' && asked.length < 3) throw new Error('lost')
      return { id: `m-${photo.name}`, kind: 'document' as const, width: 0, height: 0, url: '', thumb_url: '' }
    }
    await expect(uploadAll(kept, upload, (now) => { kept = now })).rejects.toThrow('lost')
    expect(kept.map((photo) => photo.mediaId)).toEqual(['m-a', 'known', null])
    const done = await uploadAll(kept, upload, (now) => { kept = now })
    expect(done.map((photo) => photo.mediaId)).toEqual(['m-a', 'known', 'm-c'])
    expect(asked).toEqual(['a', 'c', 'c'])
  })
})
