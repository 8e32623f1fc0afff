/** Strict TypeScript, React's rules, and the import directions of the house (docs: architecture, "The editor"). */
import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** Folders that may not be imported, with the reason a person reads. */
const forbid = (folders, message) => ({
  'no-restricted-imports': [
    'error',
    { patterns: folders.map((folder) => ({ regex: `^(@|\\.\\.|\\.\\./\\.\\.)/${folder}(/|$)`, message })) },
  ],
})

const features = ['inspector', 'runs', 'graphs', 'presence', 'comments', 'notifications', 'timeline', 'versions', 'search', 'templates', 'imports', 'activity', 'share', 'ai', 'tutorial', 'status', 'palette', 'access', 'people', 'announcements']

export default tseslint.config(
  { ignores: ['**/dist', 'node_modules', '**/*.gen.ts', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  hooks.configs.flat['recommended-latest'] ?? hooks.configs.flat.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'max-lines': ['error', { max: 400 }],
      eqeqeq: ['error', 'always'],
    },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
  {
    files: ['src/document/**'],
    rules: forbid(['app', 'canvas', 'nodes', 'commands', 'features', 'api', 'ui'], 'document/ is the core: it imports nothing above it.'),
  },
  {
    files: ['src/ui/**'],
    rules: forbid(['app', 'canvas', 'nodes', 'commands', 'features', 'api', 'document'], 'ui/ knows no graph.'),
  },
  {
    files: ['src/api/**'],
    rules: forbid(['app', 'canvas', 'nodes', 'commands', 'features', 'ui'], 'api/ knows no screen.'),
  },
  {
    files: ['src/nodes/**'],
    rules: forbid(['app', 'canvas', 'features'], 'nodes/ is drawn by the canvas and knows no feature.'),
  },
  {
    files: ['src/canvas/**', 'src/commands/**'],
    rules: forbid(['app', 'features'], 'Only app/ knows every feature.'),
  },
  {
    files: ['packages/client/**'],
    rules: forbid(['app', 'canvas', 'nodes', 'commands', 'features', 'ui'], 'The client kit is built on document/ and api/: programs have no screen.'),
  },
  ...features.map((name) => ({
    files: [`src/features/${name}/**`],
    rules: forbid(
      ['app', ...features.filter((other) => other !== name).flatMap((other) => [`features/${other}`, other])],
      'Features do not import features, nor the app that mounts them.',
    ),
  })),
)
