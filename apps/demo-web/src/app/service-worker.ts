import { registerSW } from 'virtual:pwa-register'
import { showToast } from '@cvault/ui/toasts'

/** Keeps the app's own files, so that it starts offline; a new version waits until the visitor takes it. */
export function registerServiceWorker(): void {
  const update = registerSW({
    onNeedRefresh: () => showToast('A new version is ready.', { label: 'Reload', onPress: () => void update(true) }),
  })
}
