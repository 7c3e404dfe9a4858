export const PARKED_RETRIED = 'millrace.ParkedRetried'
export const PARKED_SKIPPED = 'millrace.ParkedSkipped'
