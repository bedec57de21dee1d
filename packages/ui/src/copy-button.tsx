'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './button.tsx'
import { showToast } from './toasts.tsx'

interface CopyButtonProps {
  text: string
  /** Name of the button; it stays, whatever happened. */
  label: string
  isIconOnly?: boolean
  variant?: 'primary' | 'secondary' | 'quiet'
}

export function CopyButton({ text, label, isIconOnly = false, variant = 'secondary' }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = window.setTimeout(() => setCopied(false), 2000)
    return () => window.clearTimeout(timer)
  }, [isCopied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      showToast('Copied')
    } catch {
      showToast('The browser did not allow copying. Select the text and copy it by hand.')
    }
  }
  const Icon = isCopied ? Check : Copy
  return (
    <Button
      variant={variant}
      aria-label={label}
      className={isIconOnly ? 'px-0!' : ''}
      icon={<Icon aria-hidden size={18} />}
      onClick={() => void copy()}
    >
      {!isIconOnly && label}
    </Button>
  )
}
