'use client'

import { buttonClass } from '@cvault/ui/button-class'
import { Skeleton } from '@cvault/ui/skeleton'
import { useEffect, useRef, useState } from 'react'
import 'swagger-ui-dist/swagger-ui.css'
import './reference.css'

/** Swagger UI on the API's own description. It comes as a script of ours, in its own chunk, and only here. */
export function Reference({ part, mayTry }: { part: 'apps' | 'portal'; mayTry: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading')

  useEffect(() => {
    let isGone = false
    const show = async (): Promise<void> => {
      const [{ default: SwaggerUI }, response] = await Promise.all([
        import('swagger-ui-dist/swagger-ui-es-bundle.js'),
        fetch(`/docs/openapi.json?part=${part}`),
      ])
      if (!response.ok) throw new Error(`The description answered ${response.status}`)
      const spec: unknown = await response.json()
      if (isGone || !place.current) return
      SwaggerUI({
        domNode: place.current,
        spec,
        // Its links would stand inside buttons, which nobody can tell apart by ear.
        deepLinking: false,
        docExpansion: 'list',
        defaultModelsExpandDepth: 0,
        persistAuthorization: false,
        validatorUrl: null,
        supportedSubmitMethods: mayTry ? ['get', 'put', 'post', 'delete', 'patch'] : [],
        onComplete: () => setState('shown'),
      })
    }
    show().catch((error: unknown) => {
      console.error(error)
      if (!isGone) setState('failed')
    })
    return () => {
      isGone = true
    }
  }, [part, mayTry])

  useEffect(followTheme, [])
  useEffect(() => {
    const { current } = place
    if (!current) return
    // It takes itself for the whole page, which has its main part already.
    const rendered = new MutationObserver(() => current.querySelector('main')?.setAttribute('role', 'group'))
    rendered.observe(current, { childList: true, subtree: true })
    return () => rendered.disconnect()
  }, [])

  return (
    <>
      {state === 'loading' && (
        <div aria-busy="true" className="mt-6 grid gap-3">
          <p role="status" className="sr-only">
            Loading the reference
          </p>
          {Array.from({ length: 8 }, (_, index) => (
            <Skeleton key={index} className="h-12" />
          ))}
        </div>
      )}
      {state === 'failed' && (
        <div role="alert" className="card my-6 grid justify-items-start gap-3 p-6">
          <p>The reference could not be loaded.</p>
          <button type="button" className={buttonClass('secondary')} onClick={() => location.reload()}>
            Load it again
          </button>
        </div>
      )}
      <h2 className="sr-only">Calls</h2>
      <div ref={place} className="cvault-reference mt-6" />
    </>
  )
}

/** Swagger UI is dark by a class of the document; ours follows a choice, or the system. */
function followTheme(): () => void {
  const { documentElement: root } = document
  const system = matchMedia('(prefers-color-scheme: dark)')
  const apply = (): void => {
    const { theme } = root.dataset
    root.classList.toggle('dark-mode', theme === 'dark' || (theme !== 'light' && system.matches))
  }
  const choice = new MutationObserver(apply)
  choice.observe(root, { attributeFilter: ['data-theme'] })
  system.addEventListener('change', apply)
  apply()
  return () => {
    choice.disconnect()
    system.removeEventListener('change', apply)
    root.classList.remove('dark-mode')
  }
}
