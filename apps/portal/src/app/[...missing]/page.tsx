import { notFound } from 'next/navigation'

/** Every address that is nobody else's: an answer of its own, which knows whether somebody is signed in. */
export default function MissingPage() {
  notFound()
}
