/** The whole application. */
export function App() {
  return <p>Flowroom</p>
}
