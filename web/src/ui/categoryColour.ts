const COLOURS: Record<string, string> = {
  AI: 'var(--cat-1)',
  Triggers: 'var(--cat-2)',
  Data: 'var(--cat-6)',
  Flow: 'var(--cat-4)',
  Output: 'var(--cat-7)',
  Other: 'var(--cat-8)',
}

/** The colour of a category of node types; one that is not in the table gets a steady colour from its name. */
export function categoryColour(category: string): string {
  const known = COLOURS[category]
  if (known !== undefined) return known
  const sum = [...category].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  return `var(--cat-${(sum % 8) + 1})`
}
