import { createStore } from '../shell/store.ts'

export const drawerOpen = createStore(false)
export const toggleDrawer = (): void => drawerOpen.set(!drawerOpen.get())
