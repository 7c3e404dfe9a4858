export interface Crowd {
  readonly running: boolean
  readonly buyers: number
  readonly sent: number
  readonly accepted: number
  readonly rejected: number
}

/** Undefined when the server has no crowd or can't be reached: the panel then keeps its last figures. */
export async function readCrowd(): Promise<Crowd | undefined> {
  const response = await fetch('/demo/crowd').catch(() => undefined)
  return response?.ok ? ((await response.json()) as Crowd) : undefined
}

export async function startCrowd(showId: string, buyers: number): Promise<boolean> {
  const response = await fetch('/demo/crowd', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ showId, buyers }),
  }).catch(() => undefined)
  return response?.ok ?? false
}

export async function stopCrowd(): Promise<boolean> {
  const response = await fetch('/demo/crowd', { method: 'DELETE' }).catch(() => undefined)
  return response?.ok ?? false
}
