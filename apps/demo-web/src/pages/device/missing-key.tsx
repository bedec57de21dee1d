import { Button } from '@cvault/ui/button'
import { Notice } from '@cvault/ui/notice'

export function MissingKey({ onRotate }: { onRotate: () => void }) {
  return (
    <Notice tone="warning" title="The private key is not known here">
      <p>
        It was made on another device or in another browser, and CVault never had it. Use the configuration there, or give this device a new
        key; the old one stops working then.
      </p>
      <Button className="mt-3" onClick={onRotate}>
        Make a new key
      </Button>
    </Notice>
  )
}
