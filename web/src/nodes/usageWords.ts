/** What an attempt used, as words: {input_tokens: 12, output_tokens: 80} → ["12 input tokens", "80 output tokens"]. */
export function usageWords(usage: Readonly<Record<string, unknown>> | null): string[] {
  if (usage === null) return []
  return Object.entries(usage).flatMap(([name, amount]) =>
    typeof amount === 'number' ? [`${Number(amount.toFixed(4)).toLocaleString('en')} ${words(name)}`] : [],
  )
}

const words = (name: string) =>
  name.replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
