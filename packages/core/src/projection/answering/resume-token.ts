/** Where a live query is resumed: `<position>@<instance>`, or a position alone, which may be of any instance. */
export const resumeToken = (position: string, instance: string): string => `${position}@${instance}`

export function toResumed(token: string): { readonly position: string; readonly instance: string | undefined } {
  const at = token.indexOf('@')
  return at < 0 ? { position: token, instance: undefined } : { position: token.slice(0, at), instance: token.slice(at + 1) }
}
