/** The package's version, told to the API in the user agent. A test holds it equal to package.json. */
export const version = '0.1.0'
