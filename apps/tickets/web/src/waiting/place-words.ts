import { plural } from 'app-kit/web/shell/format.ts'

export const placeSentence = (before: number): string =>
  before === 0 ? 'You are next.' : `${plural(before, 'person', 'people')} before you.`
