import { isPhone } from './people.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const pauseMs = 10 * minuteMs

export type SimulatedDevice = { name: string; createdAt: number; until: number; utcOffsetHours: number }
/** A connection, and what flowed in each hour (UTC) of it. The last millisecond of an hour is the latest moment it counts for. */
export type SimulatedSession = { startedAt: number; endedAt: number; parts: SimulatedPart[] }
export type SimulatedPart = { startedAt: number; endedAt: number; rxBytes: number; txBytes: number }
export type Random = () => number

/** The same numbers at each run, so that what is shown can be tested and compared. */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * What one device does: computers work office hours where they are and now and then in the evening, workstations back up by
 * night, phones connect for a while at any time of the day; less on weekends, and all of it grows by a half over the range.
 */
export function simulateDevice(random: Random, device: SimulatedDevice, range: { from: number; to: number }): SimulatedSession[] {
  const offsetMs = device.utcOffsetHours * hourMs
  const from = Math.max(range.from, device.createdAt)
  const to = Math.min(range.to, device.until)
  const habit = 0.5 + random()
  const sessions: SimulatedSession[] = []
  let freeAt = from
  for (let day = Math.floor((from + offsetMs) / dayMs) * dayMs - offsetMs; day < to; day += dayMs) {
    const weekday = new Date(day + offsetMs).getUTCDay()
    const isWeekend = weekday === 0 || weekday === 6
    for (const { startHour, hours, bytesPerHour } of plansOf(random, device.name, isWeekend)) {
      const startedAt = Math.max(freeAt, Math.round(day + startHour * hourMs))
      const endedAt = Math.min(to, Math.round(day + (startHour + hours) * hourMs))
      if (endedAt - startedAt < minuteMs) continue
      const growth = 1 + (0.5 * (startedAt - range.from)) / (range.to - range.from)
      sessions.push({ startedAt, endedAt, parts: splitByHour(random, startedAt, endedAt, bytesPerHour * habit * growth) })
      freeAt = endedAt + pauseMs
    }
  }
  return sessions
}

type Plan = { startHour: number; hours: number; bytesPerHour: number }

function plansOf(random: Random, deviceName: string, isWeekend: boolean): Plan[] {
  const between = (least: number, most: number) => least + (most - least) * random()
  if (isPhone(deviceName)) {
    const count = random() < (isWeekend ? 0.45 : 0.75) ? 1 + Math.floor(random() * 3) : 0
    const starts = Array.from({ length: count }, () => between(7, 22)).toSorted((a, b) => a - b)
    return starts.map((startHour) => ({ startHour, hours: between(0.2, 1.4), bytesPerHour: between(30e6, 160e6) }))
  }
  const plans: Plan[] = []
  if (/workstation/.test(deviceName)) plans.push({ startHour: 2, hours: between(0.6, 1.5), bytesPerHour: between(300e6, 500e6) })
  if (random() < (isWeekend ? 0.18 : 0.88)) {
    const startHour = isWeekend ? between(10, 15) : between(7.8, 10)
    plans.push({ startHour, hours: isWeekend ? between(0.5, 3) : between(4, 8.5), bytesPerHour: between(90e6, 320e6) })
  }
  if (random() < (isWeekend ? 0.15 : 0.22))
    plans.push({ startHour: between(19, 21.5), hours: between(0.5, 2), bytesPerHour: between(200e6, 700e6) })
  return plans
}

function splitByHour(random: Random, startedAt: number, endedAt: number, bytesPerHour: number): SimulatedPart[] {
  const parts: SimulatedPart[] = []
  for (let at = startedAt; at < endedAt; at = (Math.floor(at / hourMs) + 1) * hourMs) {
    const end = Math.min(endedAt, (Math.floor(at / hourMs) + 1) * hourMs - 1)
    if (end <= at) continue
    const txBytes = Math.round(((bytesPerHour * (end - at)) / hourMs) * (0.4 + 1.2 * random()))
    // A server receives what devices upload, which is less than it sends them.
    parts.push({ startedAt: at, endedAt: end, txBytes, rxBytes: Math.round(txBytes * (0.08 + 0.2 * random())) })
  }
  return parts
}
