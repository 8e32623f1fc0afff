/** How near one looks, with buttons to change it. */
import { useStore } from '@xyflow/react'
import { Maximize, Minus, Plus } from 'lucide-react'
import { useGraph } from '@/document/hooks'
import { IconButton } from '@/ui/IconButton'
import styles from './ZoomBar.module.css'

export function ZoomBar() {
  const { camera } = useGraph()
  const percent = useStore((flow) => Math.round(flow.transform[2] * 100))
  return (
    <div className={styles.bar} role="group" aria-label="Zoom">
      <IconButton size="small" label="Zoom out" keys="Mod+-" tooltipSide="top" icon={<Minus size={14} />} onClick={() => camera.zoom(0.8)} />
      <output className={styles.percent}>{percent}%</output>
      <IconButton size="small" label="Zoom in" keys="Mod+=" tooltipSide="top" icon={<Plus size={14} />} onClick={() => camera.zoom(1.25)} />
      <IconButton size="small" label="Show everything" keys="Shift+1" tooltipSide="top" icon={<Maximize size={14} />} onClick={() => camera.fit()} />
    </div>
  )
}
