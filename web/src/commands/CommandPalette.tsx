/** Find anything by typing: commands, node types to add, nodes to go to. */
import { Command as Palette } from 'cmdk'
import { CornerDownLeft, Plus } from 'lucide-react'
import { useState } from 'react'
import { createNodeInView } from '@/canvas/createNode'
import { isOffered } from '@/nodes/findTypes'
import { NodeIcon } from '@/nodes/NodeIcon'
import { categoryColour } from '@/ui/categoryColour'
import { Kbd } from '@/ui/Kbd'
import type { Desk } from './command'
import styles from './CommandPalette.module.css'
import { commands, isAvailable } from './commands'
import { showInEditor, useEditorView } from './editorView'

const mostNodes = 40

export function CommandPalette({ desk }: { desk: Desk }) {
  const open = useEditorView((view) => view.dialog === 'commands')
  return (
    <Palette.Dialog
      open={open}
      onOpenChange={(next) => showInEditor({ dialog: next ? 'commands' : null })}
      label="Find a command or node"
      className={styles.palette}
      overlayClassName={styles.overlay}
      contentClassName={styles.window}
      loop
    >
      <Entries desk={desk} />
    </Palette.Dialog>
  )
}

function Entries({ desk }: { desk: Desk }) {
  const { graph } = desk
  const [query, setQuery] = useState('')
  const choose = (action: () => unknown) => () => {
    showInEditor({ dialog: null })
    // After the dialog gave the focus back, so that what runs may move it.
    requestAnimationFrame(() => void action())
  }
  const found = query.trim() === '' ? [] : nodesMatching(desk, query.trim().toLowerCase())
  return (
    <>
      <Palette.Input className={styles.input} placeholder="Add a node, go to one, or find a command" value={query} onValueChange={setQuery} />
      <Palette.List className={styles.list}>
        <Palette.Empty className={styles.nothing}>Nothing matches “{query}”.</Palette.Empty>
        {found.length > 0 && (
          <Palette.Group heading="Go to" className={styles.group}>
            {found.map(({ id, name, type }) => (
              <Palette.Item
                key={id}
                value={`go ${name} ${id}`}
                keywords={[query]}
                className={styles.item}
                onSelect={choose(() => {
                  graph.selection.set([id])
                  graph.camera.reveal([id])
                  graph.camera.focus(id)
                })}
              >
                <span className={styles.icon} style={{ color: categoryColour(graph.types.get(type)?.category ?? 'Other') }}>
                  <NodeIcon name={graph.types.get(type)?.icon ?? 'circle-help'} size={15} />
                </span>
                <span className={styles.title}>{name}</span>
                <CornerDownLeft size={13} aria-hidden />
              </Palette.Item>
            ))}
          </Palette.Group>
        )}
        {graph.canEdit && (
          <Palette.Group heading="Add" className={styles.group}>
            {[...graph.types.values()].filter(isOffered).map((type) => (
              <Palette.Item
                key={type.type}
                value={`Add ${type.title}`}
                keywords={[type.category, type.description]}
                className={styles.item}
                onSelect={choose(() => graph.camera.focus(createNodeInView(graph, type.type)))}
              >
                <span className={styles.icon} style={{ color: categoryColour(type.category) }}>
                  <NodeIcon name={type.icon} size={15} />
                </span>
                <span className={styles.title}>
                  {type.title} <span className={styles.about}>{type.description}</span>
                </span>
                <Plus size={13} aria-hidden />
              </Palette.Item>
            ))}
          </Palette.Group>
        )}
        <Palette.Group heading="Commands" className={styles.group}>
          {commands
            .filter((command) => command.hidden !== true && isAvailable(command, desk))
            .map((command) => (
              <Palette.Item key={command.id} value={command.title} className={styles.item} onSelect={choose(() => command.run(desk))}>
                <span className={styles.title}>{command.title}</span>
                {command.keys?.[0] !== undefined && <Kbd keys={command.keys[0]} />}
              </Palette.Item>
            ))}
        </Palette.Group>
      </Palette.List>
    </>
  )
}

function nodesMatching({ graph }: Desk, query: string): { id: string; name: string; type: string }[] {
  const named = graph.store.nodes.map(({ id, name, type }) => ({ id, type, name: name || graph.types.get(type)?.title || type }))
  return named.filter(({ name }) => name.toLowerCase().includes(query)).slice(0, mostNodes)
}
