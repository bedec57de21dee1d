import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The only module that may decrypt stored secrets. */
const decryptionModule = 'apps/api/src/crypto/aead.ts'

const isTest = (file) => /\.test\.tsx?$|\/(test|e2e|bench|testing)\//.test(file)
const isOurs = (target) => target.startsWith('@cvault/') || target.startsWith('apps/') || target.startsWith('packages/')
const isPackage = (target, name) => target === name || target.startsWith(`${name}/`)
const isFastify = (target) => target === 'fastify' || target.startsWith('fastify-') || target.startsWith('@fastify/')

/** "Who may import whom": `from` selects files, `refuses` says no to a target (a repository path, or a package name). */
const zones = [
  {
    why: 'packages/schema imports zod and its own files only',
    from: (file) => file.startsWith('packages/schema/src/') && !isTest(file),
    refuses: (target) => !isPackage(target, 'zod') && !target.startsWith('packages/schema/'),
  },
  {
    why: 'packages/wg imports nothing else of ours',
    from: (file) => file.startsWith('packages/wg/'),
    refuses: (target) => isOurs(target) && !target.startsWith('packages/wg/') && !target.startsWith('@cvault/wg/'),
  },
  {
    why: 'packages/sdk-js has no runtime dependency',
    from: (file) => file.startsWith('packages/sdk-js/src/') && !isTest(file),
    refuses: (target) => !target.startsWith('packages/sdk-js/'),
  },
  {
    why: 'verbs and dataplane know nothing of HTTP: no fastify, no routes, no plugins',
    from: (file) => /^apps\/api\/src\/(domain|dataplane|jobs)\//.test(file) && !isTest(file),
    refuses: (target) => isFastify(target) || /^apps\/api\/src\/(routes|plugins)\//.test(target),
  },
  {
    why: 'routes declare and delegate: no database library, no data plane',
    from: (file) => file.startsWith('apps/api/src/routes/') && !isTest(file),
    refuses: (target) => target === 'pg' || isPackage(target, '@prisma/client') || target.startsWith('apps/api/src/generated/'),
  },
  {
    why: "a domain uses another domain's shared.ts, never its verbs",
    from: (file) => file.startsWith('apps/api/src/domain/') && !isTest(file),
    refuses: (target, file) => {
      const [own, other] = [file, target].map((path) => /^apps\/api\/src\/domain\/([^/]+)\//.exec(path)?.[1])
      return other !== undefined && own !== other && !target.endsWith('/shared.ts')
    },
  },
  {
    why: 'portal and demo-web reach the API through packages/sdk-js only',
    // Their journeys start the API and servers themselves.
    from: (file) => /^apps\/(portal|demo-web)\/(?!e2e\/)/.test(file),
    refuses: (target, file) =>
      isOurs(target) &&
      !target.startsWith('@cvault/sdk') &&
      !target.startsWith('@cvault/ui') &&
      // The portal parses its forms by the API's own contracts.
      !(target.startsWith('@cvault/schema/') && file.startsWith('apps/portal/')) &&
      !target.startsWith(file.split('/').slice(0, 2).join('/')),
  },
  {
    why: 'packages/ui imports nothing else of ours',
    from: (file) => file.startsWith('packages/ui/'),
    refuses: (target) => isOurs(target) && !target.startsWith('packages/ui/'),
  },
  {
    why: 'only server.ts reads the environment, so nothing imports it',
    from: (file) => file.startsWith('apps/api/src/') && !isTest(file),
    refuses: (target) => target === 'apps/api/src/server.ts',
  },
]

const imports = {
  create(context) {
    const file = repositoryPath(context.filename)
    const active = zones.filter((zone) => zone.from(file))
    const check = (node) => {
      const source = node?.source?.value
      // Text that is shown, not code that runs.
      if (typeof source !== 'string' || source.endsWith('?raw')) return
      const target = source.startsWith('.') ? repositoryPath(resolve(dirname(context.filename), source)) : source
      for (const zone of active) {
        if (zone.refuses(target, file)) context.report({ node, message: `${zone.why} (imports "${source}")` })
      }
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check }
  },
}

const oneDecryption = {
  create(context) {
    if (repositoryPath(context.filename) === decryptionModule) return {}
    return {
      Identifier(node) {
        if (node.name.startsWith('createDecipher'))
          context.report({ node, message: `stored secrets are decrypted in ${decryptionModule} only` })
      },
    }
  },
}

// node/no-process-env does not see an imported process.
const oneEnvironment = {
  create(context) {
    const file = repositoryPath(context.filename)
    if (isTest(file) || file === 'apps/api/src/server.ts' || !/^(apps\/api|packages\/[^/]+)\/src\//.test(file)) return {}
    const refuse = (node) => context.report({ node, message: 'only server.ts reads the environment; take what you need from Env' })
    return {
      ImportSpecifier: (node) => node.imported.name === 'env' && /^(node:)?process$/.test(node.parent.source.value) && refuse(node),
      MemberExpression({ object, property }) {
        const name = object.type === 'MemberExpression' ? object.property.name : object.name
        if (name === 'process' && (property.name ?? property.value) === 'env') refuse(property)
      },
    }
  },
}

const classesAreErrors = {
  create(context) {
    // The one thing customers make with `new`.
    if (repositoryPath(context.filename) === 'packages/sdk-js/src/client.ts') return {}
    const check = (node) => {
      const parent = node.superClass?.name ?? ''
      if (!parent.endsWith('Error')) context.report({ node, message: 'classes are for errors only: write plain functions' })
    }
    return { ClassDeclaration: check, ClassExpression: check }
  },
}

const noBarrel = {
  create(context) {
    return {
      Program(node) {
        const forwards = node.body.filter((statement) => /^Export(All|Named)Declaration$/.test(statement.type) && statement.source)
        if (forwards.length > 0 && forwards.length === node.body.length) {
          context.report({ node: forwards[0], message: 'a file that only passes exports on is a barrel: import from where it is' })
        }
      },
    }
  },
}

const noTestLeftovers = {
  create(context) {
    return {
      MemberExpression(node) {
        const tester = node.object.type === 'Identifier' && /^(it|test|describe|bench|suite)$/.test(node.object.name)
        if (tester && /^(only|skip|todo|fails)$/.test(node.property.name ?? '')) {
          context.report({ node, message: `.${node.property.name} hides a test: mend or delete it` })
        }
      },
    }
  },
}

function repositoryPath(path) {
  return relative(root, path).replaceAll('\\', '/')
}

export default {
  meta: { name: 'cvault' },
  rules: {
    imports,
    'one-decryption': oneDecryption,
    'one-environment': oneEnvironment,
    'classes-are-errors': classesAreErrors,
    'no-barrel': noBarrel,
    'no-test-leftovers': noTestLeftovers,
  },
}
