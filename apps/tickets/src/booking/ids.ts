import { z } from 'zod'

const idOf = (what: string) => z.string().regex(/^(?!__proto__$)[A-Za-z0-9_-]{1,64}$/, `${what} is 1 to 64 letters, digits, '-' or '_'`)

export const showId = idOf('a showId')
export const holdId = idOf('a holdId')
export const bookingId = idOf('a bookingId')
export const customerId = idOf('a customerId')
export const waiterId = idOf('a waiterId')
