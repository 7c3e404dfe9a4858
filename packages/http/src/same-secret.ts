import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const KEY = randomBytes(32)
const digest = (text: string): Buffer => createHmac('sha256', KEY).update(text).digest()

/** Whether two texts are the same, in a time that tells nothing of how far they are, nor how long. */
export const isSameSecret = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
