import { Link } from '../../../components/link.tsx'
import type { ReactNode } from 'react'
import { Section } from '../../../components/page.tsx'

const to = (href: string, text: string) => (
  <Link className="text-link" href={href}>
    {text}
  </Link>
)

const questions: { question: string; answer: ReactNode }[] = [
  {
    question: 'May the API key be seen in my app?',
    answer:
      'Yes. It is publishable: it says whose app is calling, and a user still has to sign in. The secret is another thing: whoever has it acts for all of your users, so it stays on your servers.',
  },
  {
    question: 'I have lost the secret of a key.',
    answer: (
      <>
        Nobody can show it again: we keep only its fingerprint. Replace the key under {to('/api-keys', 'API keys')}, with an overlap for as
        long as your apps need to change over.
      </>
    ),
  },
  {
    question: 'A secret leaked. What now?',
    answer: (
      <>
        Replace its key with the overlap “Not at all”: the old pair is refused within 5 seconds. Then look at the{' '}
        {to('/audit', 'audit log')} for what was done meanwhile. Tunnels that are up stay up.
      </>
    ),
  },
  {
    question: 'What happens when the month’s bandwidth is used up?',
    answer: (
      <>
        All of your users’ tunnels go down, within seconds, and new connections are refused with BANDWIDTH_LIMIT_EXCEEDED. They come back by
        themselves on the first of the month (UTC) or when the limit is raised. Owners and admins get a mail at 80 % and at 100 %, unless
        that is off under {to('/settings/notifications', 'Notifications')}.
      </>
    ),
  },
  {
    question: 'What counts as bandwidth?',
    answer:
      'What the servers saw going through the tunnels, both directions together, from the first to the last of the month (UTC). 1 GB is 10^9 bytes. Calls of the API do not count.',
  },
  {
    question: 'Do tunnels go down when the API or this portal does?',
    answer:
      'No. Tunnels are between the device and its server; the API only says who may have one. While it is away nobody new can connect and nothing can be changed, and what is up stays up.',
  },
  {
    question: 'What do you see of my users’ traffic?',
    answer:
      'How many bytes went in and out for each device, and when its server last heard from it. Not where they went: no destinations, no DNS queries, no contents are recorded.',
  },
  {
    question: 'Who has the private keys of devices?',
    answer:
      'With keys made on the device, only the device: we get the public one. If your app lets us make the pair, we keep the private key encrypted, so that the configuration can be fetched again.',
  },
  {
    question: 'A user left, or lost a phone. How do I cut them off?',
    answer: (
      <>
        Disable the user under {to('/users', 'Users')}, or remove the one device under {to('/devices', 'Devices')}. The tunnel is down
        within seconds, and they cannot sign in again (user) or use the file (device).
      </>
    ),
  },
  {
    question: 'Which apps can use a configuration?',
    answer:
      'Any WireGuard client: the official apps for Windows, macOS, Linux, iOS and Android read the file or its QR code. Your own app needs no more than a WireGuard library.',
  },
  {
    question: 'Calls answer RATE_LIMITED.',
    answer: (
      <>
        Your account has a number of calls a minute, all keys together; it stands under {to('/settings/limits', 'Limits')}. Wait the seconds
        in Retry-After: the SDK does so by itself. Ask us for more if that happens often.
      </>
    ),
  },
]

/** Each behind its question, without any script. */
export function Questions() {
  return (
    <Section title="Frequent questions">
      <div className="-mt-2 divide-y divide-line">
        {questions.map(({ question, answer }) => (
          <details key={question}>
            <summary className="py-3 font-medium">{question}</summary>
            <p className="max-w-prose pb-4 text-muted">{answer}</p>
          </details>
        ))}
      </div>
    </Section>
  )
}
