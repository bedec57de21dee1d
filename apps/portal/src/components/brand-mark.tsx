import type { Brand } from '../lib/brand.ts'

/** Logo and name, as on top of the navigation. A logo of theirs stands on white: nobody knows what it was drawn for. */
export function BrandMark({ name, logoUrl }: Pick<Brand, 'name' | 'logoUrl'>) {
  return (
    <>
      {logoUrl === null ? (
        name === 'CVault' && <img src="/icon.svg" alt="" width={32} height={32} />
      ) : (
        <img
          src={logoUrl}
          alt=""
          height={32}
          referrerPolicy="no-referrer"
          className="h-8 max-w-24 rounded-md bg-white object-contain p-0.5"
        />
      )}
      <span className="min-w-0 truncate">{name}</span>
    </>
  )
}
