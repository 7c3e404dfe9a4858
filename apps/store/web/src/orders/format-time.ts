const clock = new Intl.DateTimeFormat('en-IE', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en-IE', { day: 'numeric', month: 'short', year: 'numeric' })

export const formatClock = (ms: number): string => clock.format(ms)
export const formatDayOf = (ms: number): string => day.format(ms)
