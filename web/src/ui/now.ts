/** What time it is. The app may know better than the browser's clock, against which nothing of the server's is measured. */
let tell: () => number = Date.now

/** In milliseconds since 1970. */
export const now = () => tell()

export const tellTimeBy = (clock: () => number) => {
  tell = clock
}
