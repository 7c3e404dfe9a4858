import eslint from '@eslint/js'
import tseslint from 'typescript-eslint'

const clock = 'time is an argument or comes from the Clock port (ports/clock.ts), so that a simulation controls it'

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/data/', '**/.cache/', 'apps/*/web/public/', 'apps/kit/web/theme.js'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'off',
      'no-var': 'error',
      'prefer-const': 'error',
      // A type alias is assignable to an index signature, an interface is not: `Json` needs both.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // isolatedDeclarations wants the type on the property, not on the constructor.
      '@typescript-eslint/consistent-generic-constructors': 'off',
      // It takes `signal.aborted` to stay as it was across an await.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      // A handler's sql`…` notes a statement.
      '@typescript-eslint/no-unused-expressions': ['error', { allowTaggedTemplates: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/no-inferrable-types': 'off', // isolatedDeclarations wants some of them said
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `bytes[at]!` where the loop's bound is the proof: noUncheckedIndexedAccess asks for it, and a check would cost.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Ports are async although their memory adapters have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Interfaces here are records of functions, written as methods; none of them uses `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // node:test's own promises are the runner's to wait for.
    files: ['**/*.test.ts', '**/*.test.tsx'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
  {
    // Type tests: nothing in them runs.
    files: ['**/*.types.ts'],
    rules: {
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['packages/core/src/ports/clock.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'performance', 'Date'].map((name) => ({ name, message: clock })),
        ...['process', 'Buffer', 'setImmediate', 'global'].map((name) => ({ name, message: 'core runs wherever the web standards do' })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'randomness is an argument, so that a simulation controls it' },
      ],
    },
  },
  {
    files: ['**/*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
)
