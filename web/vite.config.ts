/** Builds the editor to dist/, which the server serves; in development Vite serves it and passes the API on. */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env['FLOWROOM_URL'] ?? 'http://127.0.0.1:8000'
const everywhere = new RegExp(
  'node_modules/(react|react-dom|scheduler|@tanstack/react-query|@tanstack/query-core|wouter|use-sync-external-store|regexparam|mitt|zustand)/' +
    '|lucide-react/dist/esm/(createLucideIcon|Icon|defaultAttributes|shared)' +
    '|lucide-react/dist/esm/icons/(arrow-up|bell|circle-x|download|ellipsis|eye|lock-keyhole|log-out|plus|search-x|sparkles|trash|triangle-exclamation-point|users-round)\\.' +
    '|src/api/(ApiError|client|keys|ownRole|queries|roleWords)\\.' +
    '|src/commands/editorView\\.' +
    '|src/document/(frame|listeners|offlineCopies|roles|protocol\\.gen)\\.' +
    '|src/ui/(Avatar|Badge|Boundary|Button|EmptyState|Floating|IconButton|Kbd|Menu|MenuList|Popover|ScrollArea|SearchInput|Spinner|Tabs|TextInput|Tooltip|TryAgain|WithProps|categoryColour|classNames|formatTime|StillToCome|later|placeBeside|readableOn|toast)\\.',
)
/** What the editor and its later parts share. */
const everyGraph =
  /src\/(document\/(checks|graphDocument|groupPorts|hooks|records|runDocument|titles|wiring)|canvas\/(createNode|dropTargets|geometry|scene|useScene|walk)|nodes\/findTypes)\./

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      '@': here('src'),
      // The other one writes into the page, too; what Yjs has to say in the console is as plain as in a terminal.
      'lib0/logging': here('node_modules/lib0/logging.node.js'),
    },
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // One style sheet for all: one that comes with a later part can't be fetched again once that has failed.
    cssCodeSplit: false,
    // The page's Content-Security-Policy allows scripts and fonts of its own origin only.
    assetsInlineLimit: 0,
    // The editor's parts are fetched side by side. What comes later has few of its own, and a list of them would come first.
    modulePreload: { polyfill: false, resolveDependencies: (file, parts, { hostType }) => (hostType === 'html' || /EditorPage/.test(file) ? parts : []) },
    rolldownOptions: {
      // xyflow does not say so of its components, and those that nobody draws would stay.
      treeshake: { manualPureFunctions: ['memo', 'forwardRef'] },
      output: {
        // What every page needs is one file, and so is what every graph does: a dozen small ones compress worse, and the editor's weight is a promise.
        codeSplitting: { groups: [{ name: 'base', test: everywhere }, { name: 'graph', test: everyGraph }] },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server },
      '/examples': { target: server },
      '/sync': { target: server, ws: true },
    },
  },
  test: {
    maxWorkers: '100%', // each core; left to itself it keeps one for a person who watches
    isolate: false, // loading React anew for each file took longer than the tests; whatever lasts, a file puts back
    projects: [
      {
        extends: true,
        test: {
          name: 'editor',
          environment: 'jsdom',
          include: ['src/**/*.test.tsx'],
          setupFiles: ['src/app/testSetup.ts'],
          testTimeout: 20_000,
          css: { modules: { classNameStrategy: 'non-scoped' } },
        },
      },
      {
        extends: true,
        // What is no component needs no page; a file that does all the same says so in its first line.
        test: { name: 'logic', environment: 'node', include: ['src/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'client',
          environment: 'node',
          include: ['packages/client/test/**/*.test.ts'],
          // Against a real server that each file starts.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
