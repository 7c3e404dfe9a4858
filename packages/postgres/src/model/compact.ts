import { toKeyBytes } from '../database/key-bytes.ts'
import type { FoldedModel } from './folded-model.ts'

const underWay = new WeakMap<FoldedModel, Set<string>>()

/**
 * Makes one text again of documents whose patches have come to outweigh them. Nobody waits for it, and it changes nothing
 * that can be read: where it fails, or somebody was faster, the next patch says again that it is due.
 */
export function compact(model: FoldedModel, keys: readonly string[]): void {
  const busy = underWay.get(model) ?? new Set()
  underWay.set(model, busy)
  for (const key of keys) {
    if (busy.has(key)) continue
    busy.add(key)
    compactOne(model, key)
      .catch(() => undefined)
      .finally(() => busy.delete(key))
  }
}

async function compactOne(model: FoldedModel, key: string): Promise<void> {
  const { document, version } = await model.read(key)
  if (document === undefined) return
  const { id, names } = model
  await model.ask({
    text: `WITH compacted AS (
        UPDATE ${names.documents(id)} SET base = $3, patch_bytes = 0 WHERE key = $1 AND version = $2 RETURNING key
      ) DELETE FROM ${names.patches(id)} p USING compacted c WHERE p.key = c.key AND p.number <= $2`,
    values: [toKeyBytes(key), version, JSON.stringify(document)],
  })
}
