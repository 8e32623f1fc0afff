/** In the place of d3-color (vite.config.ts): what the canvas has interpolated is places, none of which is a colour. */
export function color() {
  return null
}
export { color as cubehelix, color as hcl, color as hsl, color as lab, color as rgb }
