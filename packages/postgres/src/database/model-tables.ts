import type { Database } from './database.ts'
import { lockSchema, type Names } from './schema.ts'

/** What `commit` answers. */
export const STATUS = { stored: 0, fenced: 1, conflict: 2, moved: 3, otherwise: 4 } as const

/**
 * One commit as one statement: so it is one round trip, and whoever sends it can't stall in the middle of it and hold up
 * others. It locks the model first, so commits of one model follow one another; all that comes after sees what was
 * committed before. Nothing is stored unless it answers `stored`.
 *
 *     $1 partition, $2 token, $3 next as the owner knows it, $4 next afterwards
 *     $5, $6    keys and versions read: others now → conflict, with those keys
 *     $7, $8    keys and documents to put
 *     $9 … $11  keys, documents and versions: to put where the version is still that, else → otherwise, with those keys
 *     $12       keys to delete
 *     $13, $14  keys and patches
 *     $15, $16  who commits, and what is told to those who follow, in pieces
 *
 * It also answers with the number of the commit, which is the new version of all documents in it; and, when stored, with
 * the keys whose patches outweigh the document by now.
 *
 * The planner gets no choice: a plan made while a table was empty would be kept when it is not.
 */
const commitFunction = (names: Names, model: number): string => `
CREATE OR REPLACE FUNCTION ${names.commit(model)}(
  part int, owner bigint, before bigint, after bigint, read_keys bytea[], read_versions bigint[], put_keys bytea[], put_documents text[],
  merged_keys bytea[], merged_documents text[], merged_versions bigint[], deleted_keys bytea[], patched_keys bytea[], patches text[],
  sender text, told text[], OUT status int, OUT number bigint, OUT keys bytea[]
) LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  stored_token bigint;
  stored_next bigint;
BEGIN
  SELECT commits + 1 INTO number FROM ${names.models} WHERE id = ${model} FOR NO KEY UPDATE;
  SELECT token, next INTO stored_token, stored_next FROM ${names.partitions} WHERE model = ${model} AND partition = part FOR NO KEY UPDATE;
  IF number IS NULL OR stored_token IS DISTINCT FROM owner THEN status := ${STATUS.fenced}; RETURN; END IF;
  IF stored_next <> before THEN status := ${STATUS.moved}; RETURN; END IF;
  IF cardinality(read_keys) > 0 THEN
    SELECT array_agg(r.key) INTO keys FROM unnest(read_keys, read_versions) AS r (key, version)
      LEFT JOIN ${names.documents(model)} d ON d.key = r.key WHERE coalesce(d.version, 0) <> r.version;
    IF keys IS NOT NULL THEN status := ${STATUS.conflict}; RETURN; END IF;
  END IF;
  IF cardinality(merged_keys) > 0 THEN
    SELECT array_agg(r.key) INTO keys FROM unnest(merged_keys, merged_versions) AS r (key, version)
      LEFT JOIN ${names.documents(model)} d ON d.key = r.key WHERE coalesce(d.version, 0) <> r.version;
    IF keys IS NOT NULL THEN status := ${STATUS.otherwise}; RETURN; END IF;
    UPDATE ${names.documents(model)} d SET version = number, base = m.document, patch_bytes = 0
      FROM unnest(merged_keys, merged_documents) AS m (key, document) WHERE d.key = m.key;
  END IF;
  IF cardinality(put_keys) > 0 THEN
    INSERT INTO ${names.documents(model)} (key, version, base) SELECT key, number, document FROM unnest(put_keys, put_documents) AS p (key, document)
      ON CONFLICT (key) DO UPDATE SET version = excluded.version, base = excluded.base, patch_bytes = 0;
  END IF;
  IF cardinality(deleted_keys) > 0 THEN
    DELETE FROM ${names.documents(model)} WHERE key = ANY (deleted_keys);
  END IF;
  IF EXISTS (SELECT FROM ${names.patches(model)} LIMIT 1) THEN
    DELETE FROM ${names.patches(model)} WHERE key = ANY (put_keys || merged_keys || deleted_keys);
  END IF;
  IF cardinality(patched_keys) > 0 THEN
    WITH patched AS (
      UPDATE ${names.documents(model)} d SET version = number, patch_bytes = d.patch_bytes + octet_length(c.patch) + 64
        FROM unnest(patched_keys, patches) AS c (key, patch) WHERE d.key = c.key
        RETURNING d.key, c.patch, d.patch_bytes > greatest(octet_length(d.base), 2048) AS is_due
    ), added AS (
      INSERT INTO ${names.patches(model)} (key, number, patch) SELECT key, number, patch FROM patched
    )
    SELECT array_agg(key) INTO keys FROM patched WHERE is_due;
  END IF;
  UPDATE ${names.partitions} SET next = after WHERE model = ${model} AND partition = part;
  UPDATE ${names.models} SET commits = number WHERE id = ${model};
  -- What the server forgets in a crash is folded again from the log. Where there is nothing to fold it from, it waits for the disk.
  IF after > before THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;
  PERFORM pg_notify('${names.channel.slice(1, -1)}', concat_ws(' ', ${model}, number, sender, part, after, piece)) FROM unnest(told) AS t (piece);
  status := ${STATUS.stored};
END $$`

/** Finds the model of that name and version, or creates it with tables of its own: dropping those is how it is removed. */
export async function openModel(database: Database, names: Names, name: string, version: string): Promise<{ readonly id: number }> {
  const find = { text: `SELECT id FROM ${names.models} WHERE name = $1 AND version = $2`, values: [name, version] }
  const [found] = await database.query<{ readonly id: number }>(find)
  if (found !== undefined) return found
  return database.transaction(async (ask) => {
    await lockSchema(ask, names)
    const [meanwhile] = await ask<{ readonly id: number }>(find)
    if (meanwhile !== undefined) return meanwhile
    const [created] = await ask<{ readonly id: number }>({
      text: `INSERT INTO ${names.models} (name, version) VALUES ($1, $2) RETURNING id`,
      values: [name, version],
    })
    const { id } = created!
    // A document is its base and the patches since, so that a patch costs what the patch costs.
    await ask({
      text: `CREATE TABLE ${names.documents(id)} (
        key bytea PRIMARY KEY, version bigint NOT NULL, patch_bytes int NOT NULL DEFAULT 0, base text NOT NULL) WITH (fillfactor = 85)`,
    })
    await ask({
      text: `CREATE TABLE ${names.patches(id)} (key bytea NOT NULL, number bigint NOT NULL, patch text NOT NULL, PRIMARY KEY (key, number))`,
    })
    await ask({ text: commitFunction(names, id) })
    return { id }
  })
}

/** Does nothing where it is not there. */
export async function removeModel(database: Database, names: Names, name: string, version: string): Promise<void> {
  await database.transaction(async (ask) => {
    await lockSchema(ask, names)
    const [removed] = await ask<{ readonly id: number }>({
      text: `DELETE FROM ${names.models} WHERE name = $1 AND version = $2 RETURNING id`,
      values: [name, version],
    })
    if (removed === undefined) return
    const { id } = removed
    await ask({ text: `DROP TABLE ${names.documents(id)}, ${names.patches(id)}` })
    await ask({ text: `DROP FUNCTION ${names.commit(id)}` })
    await ask({ text: `DROP SCHEMA IF EXISTS ${names.tables(id)} CASCADE` })
  })
}
