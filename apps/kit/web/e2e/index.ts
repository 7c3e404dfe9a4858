export { assertAccessible } from './accessible.ts'
export { focusedName, go, tabTo } from './keyboard.ts'
export { browserMissing, openBrowser, type TestBrowser } from './open-browser.ts'
