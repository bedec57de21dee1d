'use client'

import type { TenantSettings } from '@cvault/schema/settings'
import { TextField } from '@cvault/ui/text-field'
import { use, useState } from 'react'
import { StateOfForm } from '../../../../components/form.tsx'
import { saveBranding } from '../actions.ts'
import { SettingsForm } from '../settings-form.tsx'
import { BrandPreview } from './brand-preview.tsx'
import { ColorField } from './color-field.tsx'

type WhiteLabel = TenantSettings['whiteLabel']

interface BrandingFormProps {
  csrf: string
  saved: WhiteLabel
  mayChange: boolean
}

/** What is typed is looked at at once, beside the fields. */
export function BrandingForm({ csrf, saved, mayChange }: BrandingFormProps) {
  const [typed, setTyped] = useState<WhiteLabel>(saved)
  const change = (name: keyof WhiteLabel) => (text: string) => setTyped((before) => ({ ...before, [name]: text === '' ? null : text }))
  return (
    <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <SettingsForm action={saveBranding} csrf={csrf} saved={saved} mayChange={mayChange}>
        <TypedField name="name" label="Name" value={typed.name} onType={change('name')} maxLength={100} placeholder="CVault" />
        <TypedField
          name="logoUrl"
          label="Logo"
          type="url"
          value={typed.logoUrl}
          onType={change('logoUrl')}
          placeholder="https://example.com/logo.svg"
          hint="The address of an image, over https. Browsers and mail programs load it from there."
        />
        <ColorField
          name="primaryColor"
          label="Primary colour"
          hint="The navigation here, and the buttons in mails."
          value={typed.primaryColor}
          onType={change('primaryColor')}
        />
        <ColorField
          name="accentColor"
          label="Accent colour"
          hint="Links, buttons and charts here. Without one it is the primary colour."
          value={typed.accentColor}
          onType={change('accentColor')}
        />
      </SettingsForm>
      <BrandPreview whiteLabel={typed} />
    </div>
  )
}

interface TypedFieldProps extends Omit<React.ComponentProps<typeof TextField>, 'value' | 'onChange' | 'error'> {
  name: string
  value: string | null
  onType: (text: string) => void
}

function TypedField({ name, value, onType, ...rest }: TypedFieldProps) {
  const { fieldErrors } = use(StateOfForm)
  return (
    <TextField
      name={name}
      value={value ?? ''}
      onChange={({ target }) => onType(target.value)}
      error={fieldErrors?.[name]}
      autoComplete="off"
      {...rest}
    />
  )
}
