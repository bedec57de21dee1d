import { TextField } from '@cvault/ui/text-field'

interface SearchFilterProps {
  label: string
  /** What can be typed, e.g. "E-mail or your id, from its beginning". */
  placeholder?: string
  defaultValue: string | undefined
  name?: string
}

export function SearchFilter({ label, placeholder, defaultValue, name = 'q' }: SearchFilterProps) {
  return (
    <div className="min-w-0 flex-1 basis-64">
      <TextField
        type="search"
        name={name}
        label={label}
        placeholder={placeholder}
        defaultValue={defaultValue ?? ''}
        maxLength={255}
        autoComplete="off"
        spellCheck={false}
        autoCapitalize="none"
      />
    </div>
  )
}
