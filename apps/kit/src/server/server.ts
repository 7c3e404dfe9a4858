import type { serve } from '@millrace/http'

/** What `serve` lets an app add routes to. */
export type Server = Parameters<NonNullable<NonNullable<Parameters<typeof serve>[1]>['extend']>>[0]
