'use client'

import { Button } from '@cvault/ui/button'
import { Notice } from '@cvault/ui/notice'
import { useState } from 'react'
import { Field, Form, SubmitButton } from '../../../components/form.tsx'
import { TextArea } from '../../../components/text-area.tsx'
import { useLeaveGuard } from '../../../lib/use-leave-guard.ts'
import { writeToSupport } from './actions.ts'

interface ContactFormProps {
  csrf: string
  /** Where the answer goes. */
  email: string
  subject: string
}

export function ContactForm({ csrf, email, subject }: ContactFormProps) {
  // Another message is another form, and not the one that was sent.
  const [count, setCount] = useState(0)
  return <OneMessage key={count} csrf={csrf} email={email} subject={count === 0 ? subject : ''} onAgain={() => setCount(count + 1)} />
}

function OneMessage({ csrf, email, subject, onAgain }: ContactFormProps & { onAgain: () => void }) {
  const [isBegun, setBegun] = useState(false)
  useLeaveGuard(isBegun, 'Your message is not sent yet. Leave without it?')
  return (
    <Form
      action={writeToSupport}
      csrf={csrf}
      onDone={() => setBegun(false)}
      done={() => (
        <div className="grid justify-items-start gap-4">
          <Notice tone="info" role="status" title="Your message is on its way">
            We answer by mail to {email}.
          </Notice>
          <Button onClick={onAgain}>Write another</Button>
        </div>
      )}
    >
      <Field name="subject" label="Subject" defaultValue={subject} autoComplete="off" maxLength={150} required />
      <TextArea
        name="message"
        label="Message"
        rows={7}
        maxLength={5_000}
        onChange={({ target }) => setBegun(target.value.trim() !== '')}
        hint="A request id, where you have one, lets us look at the very call. Never send an API secret or a password."
        required
      />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SubmitButton>Send</SubmitButton>
        <p className="text-sm text-muted">The answer goes to {email}.</p>
      </div>
    </Form>
  )
}
