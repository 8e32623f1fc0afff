/** The sign of Flowroom, the same wherever it stands; its name is said beside it. */
export function Logo({ size = 20 }: { size?: number }) {
  return <img src="/favicon.svg" width={size} height={size} alt="" data-logo />
}
