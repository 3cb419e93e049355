import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core'
import { type ReactNode, useId } from 'react'

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
  help?: ReactNode
  /** What is wrong with the value. */
  problem?: string
  type?: 'text' | 'password' | 'email' | 'date'
  isRequired?: boolean
  autoComplete?: string
}

/** A text field with its label, its rule, and what is wrong while one types. */
export function Field({ label, value, onChange, help, problem, type = 'text', isRequired, autoComplete = 'off' }: Props) {
  const id = useId()
  const text = problem ?? help
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextInput
        id={id}
        type={type}
        value={value}
        isRequired={isRequired}
        autoComplete={autoComplete}
        validated={problem ? 'error' : 'default'}
        aria-describedby={text ? `${id}-help` : undefined}
        onChange={(_, next) => onChange(next)}
      />
      {text && (
        <FormHelperText>
          <HelperText id={`${id}-help`} aria-live="polite">
            <HelperTextItem variant={problem ? 'error' : 'default'}>{text}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  )
}
