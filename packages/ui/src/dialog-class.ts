export const backdropClass =
  'fixed inset-0 z-45 min-h-dvh bg-black/55 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0'
// A sheet from below on phones, a box in the middle elsewhere.
export const popupClass =
  'fixed inset-x-0 bottom-0 z-45 flex max-h-[92dvh] flex-col overflow-y-auto rounded-t-2xl border border-line bg-surface p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] text-ink shadow-2xl outline-none transition-[opacity,translate] duration-150 data-ending-style:translate-y-4 data-ending-style:opacity-0 data-starting-style:translate-y-4 data-starting-style:opacity-0 sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[30rem] sm:max-w-[calc(100vw-3rem)] sm:-translate-1/2 sm:rounded-2xl sm:p-6'
