/** What we use of it; it brings no types. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    domNode: HTMLElement
    spec: unknown
    deepLinking: boolean
    docExpansion: 'list' | 'full' | 'none'
    defaultModelsExpandDepth: number
    persistAuthorization: boolean
    validatorUrl: null
    supportedSubmitMethods: string[]
    onComplete: () => void
  }
  export default function SwaggerUI(options: Options): unknown
}
