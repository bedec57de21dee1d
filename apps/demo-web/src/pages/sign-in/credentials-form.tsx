import { type Credentials, isCVaultError } from '@cvault/sdk-js'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '@cvault/ui/button'
import { ErrorNotice } from '../../components/error-notice.tsx'
import { PasswordField, TextField } from '@cvault/ui/text-field'
import { useAppState, useCVault } from '../../session/app-state.tsx'

const shortestPassword = 8

export function CredentialsForm({ kind }: { kind: 'sign-in' | 'create' }) {
  const cvault = useCVault()
  const { deployment, config } = useAppState()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState<Partial<Credentials>>({})
  const isCreating = kind === 'create'

  // Whoever is signed in afterwards comes by the client's event.
  const submit = useMutation({
    mutationFn: async (credentials: Credentials) => {
      await (isCreating ? cvault.auth.register(credentials) : cvault.auth.login(credentials))
    },
  })
  const errors = { ...fieldErrors(submit.error), ...wrong }
  const demoUser = deployment?.user != null && deployment.baseUrl === config?.baseUrl ? deployment.user : null

  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    const found = findWrong({ email: email.trim(), password }, isCreating)
    setWrong(found)
    if (Object.keys(found).length === 0) submit.mutate({ email: email.trim(), password })
  }
  const change = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value)
    setWrong({})
  }

  return (
    <form noValidate onSubmit={onSubmit} className="grid gap-5">
      <TextField
        label="E-mail"
        type="email"
        autoComplete={isCreating ? 'email' : 'username'}
        value={email}
        error={errors.email}
        onChange={change(setEmail)}
      />
      <PasswordField
        label="Password"
        autoComplete={isCreating ? 'new-password' : 'current-password'}
        value={password}
        error={errors.password}
        hint={isCreating ? `At least ${shortestPassword} characters; common passwords are refused.` : undefined}
        onChange={change(setPassword)}
      />
      {submit.error !== null && Object.keys(errors).length === 0 && (
        <ErrorNotice error={submit.error} onRetry={submit.variables && (() => submit.mutate(submit.variables))} />
      )}
      <Button type="submit" variant="primary" busy={submit.isPending}>
        {isCreating ? 'Create account' : 'Sign in'}
      </Button>
      {demoUser !== null && !isCreating && (
        <div className="grid gap-2 border-t border-line pt-5">
          <Button busy={submit.isPending} onClick={() => submit.mutate(demoUser)}>
            Use the demo account
          </Button>
          <p className="text-sm wrap-anywhere text-muted">
            Everybody who opens this demo shares it: <span className="font-medium">{demoUser.email}</span>
          </p>
        </div>
      )}
    </form>
  )
}

function findWrong({ email, password }: Credentials, isCreating: boolean): Partial<Credentials> {
  const wrong: Partial<Credentials> = {}
  if (!/^\S+@\S+$/.test(email)) wrong.email = 'Type an e-mail address, e.g. ada@example.com.'
  if (password === '') wrong.password = 'Type the password.'
  else if (isCreating && password.length < shortestPassword) wrong.password = `Use at least ${shortestPassword} characters.`
  return wrong
}

/** What the API says of the two fields, at those fields. */
function fieldErrors(error: unknown): Partial<Credentials> {
  if (!isCVaultError(error) || error.code !== 'VALIDATION_FAILED') return {}
  const of = (name: string) => error.errors.find(({ path }) => path === `body.${name}`)?.message
  const found = { email: of('email'), password: of('password') }
  return Object.fromEntries(Object.entries(found).filter(([, message]) => message !== undefined))
}
