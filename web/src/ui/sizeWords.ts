/** "812 kB", "49.8 MB": as the server says it. */
export const sizeWords = (bytes: number) =>
  bytes >= 2 ** 19 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${(bytes / 2 ** 10).toFixed(0)} kB`
