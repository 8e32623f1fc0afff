/** What roles allow, as flowroom/protocol.py orders them. */
import { roles } from './protocol.gen'

export type Role = (typeof roles)[number]

/** A role may do everything that the roles before it may. */
export const mayAs = (role: Role, needed: Role) => roles.indexOf(role) >= roles.indexOf(needed)
