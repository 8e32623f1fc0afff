/** A comment's text as it is meant. Only elements named here are made, and no HTML of the text's own. */
import { Fragment, memo, type ReactNode } from 'react'

import { classNames } from '@/ui/classNames'

import styles from './Markdown.module.css'
import { type Block, type Inline, parseMarkdown } from './parseMarkdown'

/** `me`: the person who reads; where they are meant, it is marked. */
export const Markdown = memo(function Markdown({ source, me }: { source: string; me: string }) {
  return <div className={styles.text}>{blocks(parseMarkdown(source), me)}</div>
})

function blocks(all: readonly Block[], me: string): ReactNode {
  return all.map((block, at) => <Fragment key={at}>{blockOf(block, me)}</Fragment>)
}

function blockOf(block: Block, me: string): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return <p>{inlines(block.parts, me)}</p>
    case 'quote':
      return <blockquote>{blocks(block.blocks, me)}</blockquote>
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      )
    case 'list': {
      const items = block.items.map((item, at) => <li key={at}>{inlines(item, me)}</li>)
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
  }
}

function inlines(all: readonly Inline[], me: string): ReactNode {
  return all.map((part, at) => <Fragment key={at}>{inlineOf(part, me)}</Fragment>)
}

function inlineOf(part: Inline, me: string): ReactNode {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'break':
      return <br />
    case 'code':
      return <code>{part.text}</code>
    case 'strong':
      return <strong>{inlines(part.parts, me)}</strong>
    case 'em':
      return <em>{inlines(part.parts, me)}</em>
    case 'del':
      return <del>{inlines(part.parts, me)}</del>
    case 'mention':
      return <span className={classNames(styles.mention, part.person === me && styles.me)}>@{part.name}</span>
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noreferrer noopener nofollow">
          {inlines(part.parts, me)}
        </a>
      )
  }
}
