import 'server-only'
import { z } from 'zod'
import { isThisMachine } from './this-machine.ts'

/** All the portal needs: where the API is, and a key for its cookies. No database, no encryption key, no SSH key. */
const Env = z
  .object({
    API_URL: z.url({ error: 'API_URL is not set; e.g. https://api.example.com' }),
    /** Where the tenants' apps reach the API, where that is not how the portal does; it stands in code samples. */
    PUBLIC_API_URL: z.url().optional(),
    PORTAL_SESSION_SECRET: z
      .string({ error: 'PORTAL_SESSION_SECRET is not set; make one with: openssl rand -base64 32' })
      .min(32, 'PORTAL_SESSION_SECRET is too short (32 characters at least)'),
    /** Set by `npm start` alone: the demo owner, to be signed in with one click. */
    DEMO_OWNER: z
      .string()
      .transform((text) => z.object({ email: z.string(), password: z.string() }).parse(JSON.parse(text)))
      .optional(),
    /** Where the web demo runs, to link to it. */
    DEMO_URL: z.url().optional(),
    /** What `npm install` takes for the SDK. `npm start` packs it, so that samples run with the one that is here. */
    SDK_PACKAGE: z.string().default('@cvault/sdk-js'),
  })
  .refine(({ DEMO_OWNER, API_URL }) => DEMO_OWNER === undefined || isThisMachine(API_URL), {
    error: 'DEMO_OWNER signs anybody in: unset it. It is for `npm start` alone, where API_URL is this machine',
  })

let parsed: z.infer<typeof Env> | undefined

/** Parsed at the first request and not at build, which knows none of it. */
export function env(): z.infer<typeof Env> {
  parsed ??= Env.parse(process.env)
  return parsed
}
