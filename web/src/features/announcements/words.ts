const mostNames = 3

/** "“Log” was", "“Log” and “Code” were", "12 nodes were". */
export function were(names: readonly string[]): string {
  return `${list(names)} ${names.length === 1 ? 'was' : 'were'}`
}

/** "“Log”", "“Fetch”, “Code” and “Log”", "12 nodes". */
export function list(names: readonly string[]): string {
  if (names.length > mostNames) return `${String(names.length)} nodes`
  const quoted = names.map((name) => `“${name}”`)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`
}
