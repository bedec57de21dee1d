/// <reference types="next" />
/// <reference types="next/image-types/global" />

/** Files as text; see next.config.ts. */
declare module '*?raw' {
  const text: string
  export default text
}
