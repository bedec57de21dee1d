import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useNavigate } from 'react-router'
import { Button } from '@cvault/ui/button'
import { ButtonLink } from '../components/button-link.tsx'
import { CodeBehind } from '../components/code-behind.tsx'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { TextField } from '@cvault/ui/text-field'
import { showToast } from '@cvault/ui/toasts'
import { type AppConfig, type FieldErrors, findFieldErrors, maskKey } from '../config/app-config.ts'
import { fieldErrorsOf } from '../config/field-errors-of.ts'
import { checkConfig } from '../session/client.ts'
import { useAppState } from '../session/app-state.tsx'
import code from '../snippets/configure.ts?raw'

export function ConfigurePage() {
  const { config, deployment, problem, applyConfig, forget } = useAppState()
  const navigate = useNavigate()
  const start = config ?? deployment
  const [baseUrl, setBaseUrl] = useState(start?.baseUrl ?? '')
  const [apiKey, setApiKey] = useState(start?.apiKey ?? '')
  const [typedErrors, setTypedErrors] = useState<FieldErrors>({})

  const save = useMutation({
    mutationFn: async (typed: AppConfig) => {
      await checkConfig(typed)
      await applyConfig(typed)
    },
    onSuccess: () => void navigate('/sign-in'),
  })
  const error = save.error ?? (save.isIdle && config === null ? problem : null)
  const fieldErrors = { ...fieldErrorsOf(error), ...typedErrors }
  const isAtField = Object.keys(fieldErrors).length > 0

  const change = (set: (value: string) => void) => (value: string) => {
    set(value)
    setTypedErrors({})
    save.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = findFieldErrors({ baseUrl, apiKey })
    setTypedErrors(wrong)
    if (Object.keys(wrong).length === 0) {
      const isDeployment = baseUrl.trim() === deployment?.baseUrl && apiKey.trim() === deployment.apiKey
      save.mutate({ baseUrl: baseUrl.trim(), apiKey: apiKey.trim(), source: isDeployment ? 'deployment' : 'typed' })
    }
  }

  return (
    <Page
      title="Configure"
      intro="Which CVault API to speak to, and as which tenant. Both values are public: apps carry them. They stay in this browser."
    >
      {config !== null && <InUse config={config} />}
      <form noValidate onSubmit={submit} className="card grid gap-5 p-5 sm:p-6">
        <TextField
          label="API base URL"
          type="url"
          inputMode="url"
          autoComplete="off"
          placeholder="https://api.example.com"
          value={baseUrl}
          error={fieldErrors.baseUrl}
          onChange={(event) => change(setBaseUrl)(event.target.value)}
        />
        <TextField
          label="API key"
          className="font-mono"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="cvk_…"
          value={apiKey}
          error={fieldErrors.apiKey}
          hint="Begins with cvk_. Never the secret (cvs_): that one belongs on a server."
          onChange={(event) => change(setApiKey)(event.target.value)}
        />
        {error !== null && !isAtField && <ErrorNotice error={error} onRetry={save.variables && (() => save.mutate(save.variables))} />}
        <div className="flex flex-wrap gap-3">
          <Button type="submit" variant="primary" busy={save.isPending} className="max-sm:w-full">
            Check and save
          </Button>
          <Button
            className="max-sm:w-full"
            onClick={() => {
              forget()
              change(setBaseUrl)('')
              change(setApiKey)('')
              showToast('Forgotten')
            }}
          >
            Forget this configuration
          </Button>
        </div>
      </form>
      <CodeBehind code={code} />
    </Page>
  )
}

function InUse({ config }: { config: AppConfig }) {
  return (
    <section aria-label="In use" className="card flex flex-wrap items-center justify-between gap-4 p-5 sm:p-6">
      <dl className="grid min-w-0 gap-x-6 gap-y-1 text-[0.9375rem] sm:grid-cols-[auto_1fr]">
        <dt className="text-muted">In use now</dt>
        <dd className="font-mono wrap-anywhere">{config.baseUrl}</dd>
        <dt className="text-muted">API key</dt>
        <dd className="font-mono wrap-anywhere">{maskKey(config.apiKey)}</dd>
      </dl>
      <ButtonLink to="/devices">Go to devices</ButtonLink>
    </section>
  )
}
