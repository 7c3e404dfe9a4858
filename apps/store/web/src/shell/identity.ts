import { readStored, writeStored } from './storage.ts'

const CUSTOMER_KEY = 'millrace.customer'
const STAFF_KEY = 'millrace.staff'
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Who is buying: a random name of this browser, no account. */
export function customerId(): string {
  const known = readStored(CUSTOMER_KEY)
  if (known !== null) return known
  const made = crypto.randomUUID()
  writeStored(CUSTOMER_KEY, made)
  return made
}

/** 100 random bits in letters that can't be confused (Crockford base 32): whoever has it can open the order. */
export const newId = (length = 20): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte & 31]).join('')

/** What colleagues are told who did it. */
export const staffName = (): string => readStored(STAFF_KEY) ?? ''
export const setStaffName = (name: string): void => writeStored(STAFF_KEY, name)
