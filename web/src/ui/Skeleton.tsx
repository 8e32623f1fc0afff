import styles from './Skeleton.module.css'

/** Holds the place of something that is loading, in its size, so that nothing jumps when it comes. */
export function Skeleton({
  width = '100%',
  height = 14,
  radius,
}: {
  width?: number | string
  height?: number | string
  radius?: number
}) {
  return <span className={styles.skeleton} style={{ width, height, borderRadius: radius }} aria-hidden />
}
