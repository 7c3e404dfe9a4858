/** The app in this process with its demo shows; TICKETS_URL points the tests at a running one instead. */
export async function openShop(options: { holdMs?: number } = {}): Promise<{ url: string } & AsyncDisposable> {
  const running = process.env['TICKETS_URL']
  if (running === undefined) {
    const { openTicketsApp } = await import('../../src/testing/open-app.ts')
    return openTicketsApp(options)
  }
  return { url: running, [Symbol.asyncDispose]: () => Promise.resolve() }
}
