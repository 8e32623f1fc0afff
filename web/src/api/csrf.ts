/** The server gives this cookie to scripts of its own page only; sending it back shows that we are one. */
export function csrfToken(): string {
  return /(?:^|; )flowroom_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? ''
}
