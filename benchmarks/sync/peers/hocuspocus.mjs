// Hocuspocus as its documentation shows it: node hocuspocus.mjs 3|4 PORT FOLDER
// Version 3 keeps documents in SQLite through its onLoadDocument and onStoreDocument hooks; version 4 keeps none.

import Database from 'better-sqlite3'
import * as Y from 'yjs'

const [version, port, folder] = process.argv.slice(2)
const { Server } = await import(`hocuspocus${version}`)

const kept = version === '3' ? store(`${folder}/documents.db`) : {}
const server = new Server({ port: Number(port), address: '127.0.0.1', quiet: true, ...kept })
// Version 3 would listen on every address, whatever it is told.
if (version === '3') server.httpServer.listen({ port: Number(port), host: '127.0.0.1' })
else await server.listen()

function store(file) {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.exec('CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB NOT NULL)')
  const load = database.prepare('SELECT data FROM documents WHERE name = ?')
  const save = database.prepare('INSERT OR REPLACE INTO documents (name, data) VALUES (?, ?)')
  return {
    async onLoadDocument({ documentName, document }) {
      const row = load.get(documentName)
      if (row) Y.applyUpdate(document, row.data)
      return document
    },
    async onStoreDocument({ documentName, document }) {
      save.run(documentName, Buffer.from(Y.encodeStateAsUpdate(document)))
    },
  }
}
