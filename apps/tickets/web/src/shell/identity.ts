const CUSTOMER_KEY = 'millrace.customer'
let fallbackCustomer: string | undefined

/** Who is buying: a random name of this browser, no account. */
export function customerId(): string {
  const known = read(CUSTOMER_KEY)
  if (known !== null) return known
  fallbackCustomer ??= crypto.randomUUID()
  write(CUSTOMER_KEY, fallbackCustomer)
  return fallbackCustomer
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 80 random bits in letters that can't be confused (Crockford base 32): whoever has it can open the ticket. */
export function newBookingId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const letters = Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('')
  return letters.replace(/(.{4})(?=.)/g, '$1-')
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Storage refused: the name then lives as long as this page.
  }
}
