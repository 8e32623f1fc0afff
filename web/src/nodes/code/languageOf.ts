import type { Extension } from '@codemirror/state'

/** Loads what colours a language; a language that is not here stays plain text. */
export async function languageOf(language: string): Promise<Extension> {
  switch (language) {
    case 'markdown':
    case 'template':
      return (await import('@codemirror/lang-markdown')).markdown()
    case 'json':
      return (await import('@codemirror/lang-json')).json()
    case 'javascript':
    case 'typescript':
      return (await import('@codemirror/lang-javascript')).javascript({ typescript: language === 'typescript' })
    case 'python':
      return (await import('@codemirror/lang-python')).python()
    default:
      return []
  }
}
