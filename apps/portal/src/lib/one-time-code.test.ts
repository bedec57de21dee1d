import { expect, test } from 'vitest'
import { SecondFactor, TotpCode } from './one-time-code.ts'

test.for(['123456', ' 123456 ', '123 456', '12 34 56', '123-456', '123\u00A0456', '123–456'])(
  '%j is a code of an authenticator',
  (typed) => {
    expect(TotpCode.parse(typed)).toBe('123456')
    expect(SecondFactor.parse(typed)).toEqual({ code: '123456' })
  },
)

test('anything else is a recovery code, as it was typed', () => {
  expect(SecondFactor.parse(' abcd-efgh ')).toEqual({ recoveryCode: 'abcd-efgh' })
  expect(SecondFactor.parse('12345')).toEqual({ recoveryCode: '12345' })
  expect(SecondFactor.safeParse('  ').error?.issues[0]?.message).toBe('is missing')
})

test.for(['12345', '1234567', 'abcdef', ''])('%j switches no second step on', (typed) => {
  expect(TotpCode.safeParse(typed).error?.issues[0]?.message).toMatch(/six digits/)
})
