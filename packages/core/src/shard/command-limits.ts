/** What a command may have, whoever sends it: all this goes into each of its records, and into what is remembered of it. */
export const MAX_ID_CHARACTERS = 200
export const MAX_KEY_CHARACTERS = 512
export const MAX_TYPE_CHARACTERS = 200
/** A W3C trace context has 55 characters; what is much longer is none, and is left out. */
export const MAX_TRACEPARENT_CHARACTERS = 128
