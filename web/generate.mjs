/** Writes the generated TypeScript files from what generate_types.py prints; with --check it only compares. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile } from 'json-schema-to-typescript'
import openapiTS, { astToString } from 'openapi-typescript'

const banner = '/** Generated from Python by `npm run generate`; do not edit. */\n'
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const check = process.argv.includes('--check')

function readPython() {
  const local = here('../.venv/bin/python')
  const python = process.env.PYTHON ?? (existsSync(local) ? local : 'python3')
  const done = spawnSync(python, [here('generate_types.py')], {
    cwd: here('..'),
    env: { ...process.env, PYTHONPATH: here('..') },
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  })
  if (done.status !== 0) throw new Error(`generate_types.py failed:\n${done.stderr || done.error}`)
  return JSON.parse(done.stdout)
}

/** All definitions as named exports; the wrapper that referred to them is dropped. */
async function schemaTypes(schema) {
  const definitions = JSON.parse(JSON.stringify(schema.$defs).replaceAll('#/$defs/', '#/definitions/'))
  const root = {
    type: 'object',
    additionalProperties: false,
    definitions,
    properties: Object.fromEntries(Object.keys(definitions).map((name) => [name, { $ref: `#/definitions/${name}` }])),
    required: Object.keys(definitions),
  }
  const text = await compile(root, 'Everything', { bannerComment: '', style: { semi: false, singleQuote: true, printWidth: 110 }, additionalProperties: false })
  return banner + text.replace(/export interface Everything \{[\s\S]*?\n\}\n/, '')
}

function protocolConstants({ doors, ...values }) {
  const lines = Object.entries(values).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value, null, 2)} as const\n`,
  )
  const paths = Object.entries(doors).map(
    ([name, path]) => `export const ${name} = (id: string) => \`${path.replace('{id}', '${encodeURIComponent(id)}')}\`\n`,
  )
  return banner + [...lines, ...paths].join('\n')
}

const { schema, constants, openapi } = readPython()
const files = {
  'src/document/schema.gen.ts': await schemaTypes(schema),
  'src/document/protocol.gen.ts': protocolConstants(constants),
  'src/api/rest.gen.ts': banner + astToString(await openapiTS(openapi)),
}

const stale = Object.entries(files).filter(([path, text]) => {
  const file = here(path)
  return !existsSync(file) || readFileSync(file, 'utf8') !== text
})
if (check && stale.length > 0) {
  console.error(`Stale: ${stale.map(([path]) => path).join(', ')}. Run \`npm run generate\` and commit the result.`)
  process.exit(1)
}
for (const [path, text] of stale) writeFileSync(here(path), text)
console.log(stale.length === 0 ? 'Generated types are up to date.' : `Wrote ${stale.map(([path]) => path).join(', ')}`)
