import { readStoredJson, writeStored } from '../shell/storage.ts'

/** Who gets the order, and where. */
export interface Details {
  readonly name: string
  readonly email: string
  readonly street: string
  readonly postcode: string
  readonly city: string
  readonly country: string
}

export type Field = keyof Details

const NO_DETAILS: Details = { name: '', email: '', street: '', postcode: '', city: '', country: '' }
export const EXAMPLE: Details = {
  name: 'Robin Weir',
  email: 'robin@example.org',
  street: '4 Millrace Lane',
  postcode: 'T12 XY45',
  city: 'Cork',
  country: 'Ireland',
}

export const FIELDS: readonly { readonly field: Field; readonly label: string; readonly autoComplete: string; readonly most: number }[] = [
  { field: 'name', label: 'Name', autoComplete: 'name', most: 120 },
  { field: 'email', label: 'E-mail address', autoComplete: 'email', most: 200 },
  { field: 'street', label: 'Street and number', autoComplete: 'street-address', most: 120 },
  { field: 'postcode', label: 'Postcode', autoComplete: 'postal-code', most: 20 },
  { field: 'city', label: 'Town', autoComplete: 'address-level2', most: 80 },
  { field: 'country', label: 'Country', autoComplete: 'country-name', most: 60 },
]

/** What is wrong with each field that is; the server has the last word. */
export function problemsOf(details: Details): Partial<Record<Field, string>> {
  const problems: Partial<Record<Field, string>> = {}
  for (const { field, label, most } of FIELDS) {
    const text = details[field].trim()
    if (text === '') problems[field] = `${label} is missing.`
    else if (text.length > most) problems[field] = `${label} has more than ${most} characters.`
  }
  if (problems.email === undefined && !/^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(details.email.trim()))
    problems.email = 'An e-mail address is as robin@example.org.'
  return problems
}

const KEY = 'millrace.details'

/** As they were given with the last order from this browser. */
export function knownDetails(): Details {
  const known = readStoredJson(KEY)
  if (typeof known !== 'object' || known === null) return NO_DETAILS
  const text = (field: Field): string => {
    const value: unknown = Reflect.get(known, field)
    return typeof value === 'string' ? value : ''
  }
  return {
    name: text('name'),
    email: text('email'),
    street: text('street'),
    postcode: text('postcode'),
    city: text('city'),
    country: text('country'),
  }
}

export const keepDetails = (details: Details): void => writeStored(KEY, JSON.stringify(details))
