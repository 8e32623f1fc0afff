/** The carets and selections of others who write in the same field, with their names. */
import { Annotation, type Extension } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { Decoration, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view'
import * as Y from 'yjs'

import type { Peer, PresenceChannel } from '@/document/presence'
import { readableOn } from '@/ui/readableOn'

const peersMoved = Annotation.define<true>()

export function remoteCarets(presence: PresenceChannel, node: string, param: string, text: Y.Text): Extension {
  class Carets {
    decorations: DecorationSet
    private readonly stop: () => void

    constructor(view: EditorView) {
      this.decorations = draw(view)
      this.stop = presence.subscribe(() => {
        view.dispatch({ annotations: peersMoved.of(true) })
      })
    }

    update(update: ViewUpdate) {
      if (update.view.hasFocus && (update.selectionSet || update.docChanged || update.focusChanged)) tell(update.view)
      const moved = update.transactions.some((transaction) => transaction.annotation(peersMoved) === true)
      if (moved || update.docChanged) this.decorations = draw(update.view)
    }

    destroy() {
      this.stop()
    }
  }

  const tell = (view: EditorView) => {
    const { anchor, head } = view.state.selection.main
    presence.set({ editing: { node, param, anchor: placeOf(text, anchor), head: placeOf(text, head) } })
  }

  const draw = (view: EditorView) => {
    const here = presence.peers.filter((peer) => peer.editing?.node === node && peer.editing.param === param)
    const length = view.state.doc.length
    return Decoration.set(
      here.flatMap((peer) => decorationsOf(peer, text, length)),
      true,
    )
  }

  return ViewPlugin.fromClass(Carets, { decorations: (plugin) => plugin.decorations })
}

function decorationsOf(peer: Peer, text: Y.Text, length: number) {
  const anchor = indexOf(text, peer.editing?.anchor)
  const head = indexOf(text, peer.editing?.head)
  if (anchor === null || head === null || anchor > length || head > length) return []
  const caret = Decoration.widget({
    widget: new Caret(peer.user.name, peer.user.colour, head),
    side: head < anchor ? -1 : 1,
  }).range(head)
  if (anchor === head) return [caret]
  const selection = Decoration.mark({
    class: 'cm-remoteSelection',
    attributes: { style: `--peer: ${peer.user.colour}` },
  }).range(Math.min(anchor, head), Math.max(anchor, head))
  return [selection, caret]
}

class Caret extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly colour: string,
    private readonly at: number,
  ) {
    super()
  }

  override eq(other: Caret) {
    return other.name === this.name && other.colour === this.colour && other.at === this.at
  }

  override toDOM() {
    const caret = document.createElement('span')
    caret.className = 'cm-remoteCaret'
    caret.style.setProperty('--peer', this.colour)
    caret.style.setProperty('--peer-ink', readableOn(this.colour))
    const name = document.createElement('span')
    name.className = 'cm-remoteName'
    name.textContent = this.name
    // A word joiner on each side keeps the caret from breaking the line it stands in.
    caret.append('\u2060', name, '\u2060')
    caret.ariaHidden = 'true'
    requestAnimationFrame(() => {
      const field = caret.closest('.cm-scroller')?.getBoundingClientRect()
      if (field === undefined) return
      const { top, right } = name.getBoundingClientRect()
      caret.classList.toggle('cm-remoteAtEdge', right > field.right)
      caret.classList.toggle('cm-remoteAtTop', top < field.top)
    })
    return caret
  }

  override ignoreEvent() {
    return true
  }
}

function placeOf(text: Y.Text, index: number): unknown {
  return Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index))
}

/** Where a peer's place is now; null when it is no place in this text. What a peer sends is not trusted. */
function indexOf(text: Y.Text, place: unknown): number | null {
  if (typeof place !== 'object' || place === null || text.doc === null) return null
  try {
    const absolute = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(place), text.doc)
    return absolute?.type === text ? absolute.index : null
  } catch {
    return null
  }
}
