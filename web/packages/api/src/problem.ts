export interface FieldFault {
  field: string
  code: string
  detail: string
  params?: Record<string, unknown>
}

export interface ProblemBody {
  type?: string
  title?: string
  status?: number
  code?: string
  detail?: string
  params?: Record<string, unknown>
  fields?: FieldFault[]
  reference?: string
}

/**
 * What the server refused, in its own words (`detail` is a sentence in the caller's language), or
 * `network.offline` when it could not be asked at all.
 */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly params: Record<string, unknown>
  readonly fields: FieldFault[]
  readonly reference: string | null
  /** Seconds to wait, where the server said so. */
  readonly retryAfterS: number | null

  constructor(status: number, body: ProblemBody, retryAfterS: number | null = null) {
    super(body.detail ?? body.title ?? body.code ?? String(status))
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? `http.${status}`
    this.detail = body.detail ?? body.title ?? ''
    this.params = body.params ?? {}
    this.fields = body.fields ?? []
    this.reference = body.reference ?? null
    this.retryAfterS = retryAfterS
  }

  static offline(): Problem {
    return new Problem(0, { code: 'network.offline' })
  }

  /** The request never reached a server that answers. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504
  }

  /** The sentence about one field of a form, if any. */
  fault(field: string): string | null {
    return this.fields.find((fault) => fault.field === field)?.detail ?? null
  }
}

export function isProblem(thing: unknown): thing is Problem {
  return thing instanceof Problem
}
