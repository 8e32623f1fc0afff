/**
 * Builds the package into dist/: one module that holds what is shared with the editor (web/src), and its types. Yjs and
 * what belongs to it stay imports, so that a program has one Yjs.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { dependencies } = JSON.parse(readFileSync(here('package.json'), 'utf8'))
const isOutside = (id) => Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`))

rmSync(here('dist'), { recursive: true, force: true })
await build({
  configFile: false,
  root: here('.'),
  logLevel: 'warn',
  resolve: { alias: { '@': here('../../src') } },
  build: {
    lib: { entry: here('src/index.ts'), formats: ['es'], fileName: 'index' },
    target: 'es2022',
    minify: false,
    rollupOptions: { external: isOutside, output: { codeSplitting: false } },
  },
})

const types = here('dist/types')
const tsc = spawnSync(process.execPath, [here('../../node_modules/typescript/bin/tsc'), '-p', here('tsconfig.build.json')], { stdio: 'inherit' })
if (tsc.status !== 0) process.exit(tsc.status ?? 1)

/** Declarations name modules as our sources do; Node's way of resolving wants relative paths with their ending. */
for (const name of readdirSync(types, { recursive: true }).filter((file) => file.endsWith('.d.ts'))) {
  const file = join(types, name)
  const text = readFileSync(file, 'utf8').replace(/(from |import\()'(@\/|\.\.?\/)([^']+)'/g, (_, begin, root, path) => {
    const from = root === '@/' ? relative(dirname(file), join(types, 'src', path)) : `${root}${path}`
    return `${begin}'${from}.js'`
  })
  writeFileSync(file, text)
}
