import { useId } from 'react'

interface RadioCardsProps<Value extends string> {
  legend: string
  value: Value
  onChange: (value: Value) => void
  choices: { value: Value; label: string; hint: string }[]
}

export function RadioCards<Value extends string>({ legend, value, onChange, choices }: RadioCardsProps<Value>) {
  const id = useId()
  return (
    <div role="radiogroup" aria-labelledby={id} className="grid gap-1.5">
      <span id={id} className="text-sm font-semibold">
        {legend}
      </span>
      <div className="grid gap-2">
        {choices.map((choice) => (
          <div
            key={choice.value}
            className="relative flex min-h-11 gap-3 rounded-lg border border-line p-3 has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              type="radio"
              id={`${id}-${choice.value}`}
              name={id}
              value={choice.value}
              checked={value === choice.value}
              onChange={() => onChange(choice.value)}
              aria-describedby={`${id}-${choice.value}-hint`}
              className="relative z-10 mt-0.5 size-5 shrink-0 accent-accent"
            />
            <div>
              {/* The label's own box covers the card: all of it can be pressed. */}
              <label htmlFor={`${id}-${choice.value}`} className="text-[0.9375rem] font-medium after:absolute after:inset-0">
                {choice.label}
              </label>
              <p id={`${id}-${choice.value}-hint`} className="text-sm text-muted">
                {choice.hint}
              </p>
            </div>
          </div>
        ))}
      </div>
    </div>
  )
}
