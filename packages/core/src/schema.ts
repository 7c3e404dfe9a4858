/**
 * Standard Schema (https://standardschema.dev), by shape: any validator that carries `~standard` fits
 * (Zod, Valibot, ArkType …). The interface is copied here, as its authors intend, so that core depends on nothing.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Standard JSON Schema: what OpenAPI is made from, where the validator offers it. */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export type Schemas = Readonly<Record<string, Schema>>

export type InputOf<S extends Schema> = NonNullable<S['~standard']['types']>['input']
export type OutputOf<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/** What a log can carry and give back unchanged. A `Date` or a `Map` in an event is a compile error because of it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** One broken rule of an input: `path` as in `seats.0`, empty for the whole. */
export interface Issue {
  readonly path: string
  readonly message: string
}

export const toIssues = (issues: readonly SchemaIssue[]): readonly Issue[] =>
  issues.map(({ message, path = [] }) => ({
    path: path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
    message,
  }))
