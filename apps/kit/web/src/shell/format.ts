const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR', minimumFractionDigits: 2 })
const roundEuros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 })
const whole = new Intl.NumberFormat('en-IE')

export const formatMoney = (cents: number): string => (cents % 100 === 0 ? roundEuros : euros).format(cents / 100)
/** As seat names are read aloud: "45 EUR". */
export const spokenMoney = (cents: number): string => `${cents % 100 === 0 ? cents / 100 : (cents / 100).toFixed(2)} EUR`
export const formatCount = (count: number): string => whole.format(count)
export const plural = (count: number, one: string, many = `${one}s`): string => `${formatCount(count)} ${count === 1 ? one : many}`

const part = (iso: string, options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en-IE', options).format(new Date(iso))
export const formatDay = (iso: string): string => part(iso, { day: 'numeric' })
export const formatMonth = (iso: string): string => part(iso, { month: 'short' })
export const formatWeekday = (iso: string): string => part(iso, { weekday: 'short' })
export const formatTime = (iso: string): string => part(iso, { hour: '2-digit', minute: '2-digit' })
export const formatDate = (iso: string): string => part(iso, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
export const formatPrices = (fromCents: number, toCents: number): string =>
  fromCents === toCents ? formatMoney(fromCents) : `${formatMoney(fromCents)} – ${formatMoney(toCents)}`
