import { readFileSync } from 'node:fs'
import path from 'node:path'
import { sdkFolder } from './places.ts'

export const readme = readFileSync(path.join(sdkFolder, 'README.md'), 'utf8')

/** Fenced blocks of a language, in order, with the line each begins on. */
export function blocksOf(language: string): { line: number; code: string }[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(({ index, 1: code = '' }) => ({
    line: readme.slice(0, index).split('\n').length + 1,
    code,
  }))
}
