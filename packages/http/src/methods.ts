import type { FastifyInstance } from 'fastify'
import { RequestError } from './request-error.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

interface Known {
  readonly matches: RegExp
  readonly methods: Set<string>
}

/** Notes the routes as they are added; `refuseOtherMethods` then answers 405 for what is there under another method only. */
export class Methods {
  readonly #routes = new Map<string, Known>()

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      const known = this.#routes.get(url) ?? { matches: toPattern(url), methods: new Set() }
      for (const each of typeof method === 'string' ? [method] : method) known.methods.add(each)
      this.#routes.set(url, known)
    })
  }

  refuseOtherMethods(fastify: FastifyInstance): void {
    const routes = [...this.#routes]
    const done = new Set<string>()
    for (const [url, { matches }] of routes) {
      // What answers `url`: its own routes, and those with a parameter where it has a name.
      const methods = new Set(routes.flatMap(([, other]) => (other.matches.test(url) ? [...other.methods] : [])))
      if (url.includes('*') || done.has(matches.source)) continue
      done.add(matches.source)
      const allow = [...methods].sort().join(', ')
      const method = METHODS.filter((each) => !methods.has(each) && !isShadowed(url, each, routes))
      if (method.length === 0) continue
      const refuse = (request: { readonly method: string }, reply: { header: (name: string, value: string) => unknown }): void => {
        reply.header('allow', allow)
        throw new RequestError('METHOD_NOT_ALLOWED', `${request.method} is not for this URL; it takes ${allow}`)
      }
      // Before the body is looked at.
      fastify.route({ method, url, exposeHeadRoute: false, onRequest: async (request, reply) => refuse(request, reply), handler: refuse })
    }
  }
}

/** A wildcard of the app's own takes this method here. */
const isShadowed = (url: string, method: string, routes: readonly (readonly [string, Known])[]): boolean =>
  routes.some(([pattern, { matches, methods }]) => pattern.includes('*') && methods.has(method) && matches.test(url))

/** The URLs that a route's pattern stands for. `:id` in another pattern counts as any name. */
const toPattern = (url: string): RegExp =>
  new RegExp(
    `^${url
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:[^/]+/g, '[^/]+')
      .replace(/\*/g, '.*')}$`,
  )
