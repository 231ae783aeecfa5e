/** What a dispatcher has to tell of a task: whatever a runner does, it is one of these two. */
export type Dispatched =
  | {
      readonly status: 'completed'
      readonly latencyMs: number
      readonly exitCode: number | null
      readonly metadata: Readonly<Record<string, unknown>>
    }
  | {
      readonly status: 'failed'
      /** The runner's own code of the failure, or `BAD_ANSWER`, `TIMEOUT`, `DISCONNECTED`, `HTTP_<status>`. */
      readonly code: string
      readonly error: string
      /** The same may succeed when it is sent again under the same id. */
      readonly retryable: boolean
    }

/** What the orchestrator does with its runner: sends a task to `POST /tasks/execute`, waits for the answer, and makes an outcome of whatever comes.
 * @param timeoutMs how long a runner may take */
export const dispatch = async (url: string, task: unknown, timeoutMs: number): Promise<Dispatched> => {
  const failed = (code: string, error: string, retryable: boolean): Dispatched => ({ status: 'failed', code, error, retryable })
  const late = AbortSignal.timeout(timeoutMs)
  let status: number
  let text: string
  try {
    const answer = await fetch(`${url}/tasks/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(task),
      signal: late,
    })
    status = answer.status
    text = await answer.text()
  } catch (cause) {
    return late.aborted ? failed('TIMEOUT', `no answer in ${timeoutMs} ms`, true) : failed('DISCONNECTED', String(cause), true)
  }
  const answer = parse(text)
  const code = answer?.['error_code'] ?? answer?.['code']
  if (status === 200) {
    const metadata = answer?.['metadata'] as Record<string, unknown> | undefined
    if (!Array.isArray(answer?.['embeddings']) || metadata?.['status'] !== 'completed')
      return failed('BAD_ANSWER', text.slice(0, 200), true)
    return { status: 'completed', latencyMs: answer['latency_ms'] as number, exitCode: metadata['exit_code'] as number | null, metadata }
  }
  if (typeof code !== 'string' || typeof answer?.['error'] !== 'string') return failed(`HTTP_${status}`, text.slice(0, 200), status >= 500)
  return failed(code, answer['error'], status === 429 || status === 503)
}

const parse = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
