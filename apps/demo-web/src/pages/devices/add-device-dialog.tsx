import type { RegisterDevice } from '@cvault/sdk-js'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useNavigate } from 'react-router'
import { Button } from '@cvault/ui/button'
import { Modal } from '@cvault/ui/dialog'
import { ErrorNotice } from '../../components/error-notice.tsx'
import { RadioCards } from '../../components/radio-cards.tsx'
import { RegionSelect } from '../../components/region-select.tsx'
import { TextField } from '@cvault/ui/text-field'
import { useCVault } from '../../session/app-state.tsx'
import { queryKeys } from '../../session/queries.ts'
import { suggestDeviceName } from './suggest-device-name.ts'

interface AddDeviceDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
}

export function AddDeviceDialog({ open, onOpenChange }: AddDeviceDialogProps) {
  return (
    <Modal open={open} onOpenChange={onOpenChange} title="Add device" description="You get its WireGuard configuration on the next page.">
      <AddDeviceForm />
    </Modal>
  )
}

function AddDeviceForm() {
  const cvault = useCVault()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [deviceName, setDeviceName] = useState(() => suggestDeviceName(navigator.userAgent))
  const [keys, setKeys] = useState<'server' | 'local'>('server')
  const [serverRegion, setServerRegion] = useState('')
  const [wrong, setWrong] = useState<string>()

  const register = useMutation({
    mutationFn: (input: RegisterDevice) => cvault.devices.register(input),
    onSuccess: async ({ id }) => {
      await navigate(`/devices/${id}`)
      await queryClient.invalidateQueries({ queryKey: queryKeys.devices })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const name = deviceName.trim()
    if (name === '') return setWrong('Give the device a name that you will recognise.')
    register.mutate({ deviceName: name, keys, ...(serverRegion !== '' && { serverRegion }) })
  }

  return (
    <form noValidate onSubmit={submit} className="grid gap-5">
      <TextField
        label="Device name"
        value={deviceName}
        maxLength={255}
        autoComplete="off"
        error={wrong}
        // What is suggested is replaced by typing.
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setDeviceName(event.target.value)
          setWrong(undefined)
        }}
      />
      <RadioCards
        legend="Keys"
        value={keys}
        onChange={setKeys}
        choices={[
          { value: 'server', label: 'Made by CVault', hint: 'Kept encrypted, so that you can get the configuration again anywhere.' },
          {
            value: 'local',
            label: 'Made on this device',
            hint: 'The private key never leaves this browser. Clear its data, and the key is gone.',
          },
        ]}
      />
      <RegionSelect label="Region" value={serverRegion} none="Fastest" onChange={setServerRegion} />
      {register.error !== null && (
        <ErrorNotice error={register.error} onRetry={register.variables && (() => register.mutate(register.variables))} />
      )}
      <Button type="submit" variant="primary" busy={register.isPending}>
        Register device
      </Button>
    </form>
  )
}
