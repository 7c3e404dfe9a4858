export interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** To one of the store's own routes. Rejects where there is no answer. */
export async function postJson(path: string, body: object): Promise<Answered> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Answered['body'] }
}

export const messageOf = ({ body }: Answered): string => (typeof body['title'] === 'string' ? body['title'] : 'That did not work.')
