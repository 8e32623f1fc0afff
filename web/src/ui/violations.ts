import axe from 'axe-core'

/** What axe finds wrong on the page, as short lines. Colours are judged by tokens.test.ts: jsdom computes none. */
export async function violations(element: Element = document.body): Promise<string[]> {
  const result = await axe.run(element, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}
