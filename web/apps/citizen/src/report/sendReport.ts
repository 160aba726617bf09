import { isProblem, type PublicReport, type ReportReceipt } from '@gridwork/api'
import { uploadAll, type LocalPhoto, type Uploader } from '@gridwork/ui/phone'
import { asReport, type Draft } from './draft'

export interface ReportRoad {
  upload: Uploader
  report: (body: PublicReport) => Promise<ReportReceipt>
}

export interface DraftBook {
  read: () => Draft
  /** Notes a change and has it kept before it returns. */
  note: (part: Partial<Draft>) => Promise<void>
}

const same = (a: PublicReport, b: PublicReport) => JSON.stringify(a) === JSON.stringify(b)

/** Asks with each body that may have arrived: the one that did is answered as it was the first time. */
async function receiptOfEarlier(bodies: PublicReport[], road: ReportRoad, refusal: unknown): Promise<ReportReceipt> {
  for (const body of bodies) {
    try {
      return await road.report(body)
    } catch (problem) {
      if (!isProblem(problem) || problem.code !== 'command.id_reused') throw problem
    }
  }
  throw refusal
}

/**
 * Sends the draft: its pictures first, then the report under its one id. What was sent and not answered is noted before
 * it leaves, so that a report changed after a lost answer is recognised as having arrived already.
 */
export async function sendReport(book: DraftBook, road: ReportRoad): Promise<ReportReceipt> {
  await uploadAll(book.read().photos, road.upload, (photos: LocalPhoto[]) => book.note({ photos }))
  const body = asReport(book.read())
  const earlier = book.read().tried.filter((one) => !same(one, body))
  await book.note({ tried: [...earlier, body] })
  try {
    return await road.report(body)
  } catch (problem) {
    if (!isProblem(problem)) throw problem
    if (problem.code === 'command.id_reused') return receiptOfEarlier(earlier, road, problem)
    // A plain refusal means that this body was not taken; only a silence leaves it open.
    if (problem.status >= 400 && problem.status < 500) await book.note({ tried: earlier })
    throw problem
  }
}
