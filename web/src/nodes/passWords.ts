/** Which pass of a loop something was of; the first is not counted, for most nodes are run once. */
export const passWords = (iteration: number) => (iteration > 0 ? `pass ${String(iteration + 1)}` : '')
