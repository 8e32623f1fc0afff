import { expect, it } from 'vitest'

import { firstPanels, type PanelRoom } from './firstPanels'
import { chosen, resized, uncovered } from './panelRoom'

const shown = ({ leftPanel, rightPanel, runPanel }: PanelRoom) => ({ leftPanel, rightPanel, runPanel })
const wide = firstPanels(1440)

it('opens with what there is room for', () => {
  expect(shown(wide)).toEqual({ leftPanel: 'add', rightPanel: 'inspector', runPanel: false })
  expect(shown(firstPanels(1024))).toEqual({ leftPanel: 'add', rightPanel: null, runPanel: false })
  expect(shown(firstPanels(390))).toEqual({ leftPanel: null, rightPanel: null, runPanel: false })
})

it('closes in a narrowing window what a new one would not open, and opens it again with the room', () => {
  const tablet = resized(wide, 720)
  expect(shown(tablet)).toEqual({ leftPanel: 'add', rightPanel: null, runPanel: false })
  const phone = resized(tablet, 390)
  expect(shown(phone)).toEqual({ leftPanel: null, rightPanel: null, runPanel: false })
  expect(shown(resized(phone, 720))).toEqual(shown(tablet))
  expect(shown(resized(phone, 1440))).toEqual(shown(wide))
  expect(shown(resized(firstPanels(390), 1440))).toEqual(shown(wide))
})

it('keeps the only panel while there is room beside it, and finds it again after a phone', () => {
  const reading = chosen(wide, { leftPanel: null, rightPanel: 'comments', runPanel: true }, 1440)
  const tablet = resized(reading, 720)
  expect(shown(tablet)).toEqual(shown(reading))
  const phone = resized(tablet, 390)
  expect(shown(phone)).toEqual({ leftPanel: null, rightPanel: null, runPanel: true })
  expect(shown(resized(phone, 720))).toEqual(shown(reading))
})

it('leaves to the person what they have chosen since', () => {
  const shut = chosen(chosen(resized(wide, 1024), { rightPanel: 'activity' }, 1024), { rightPanel: null }, 1024)
  expect(shown(resized(shut, 1440))).toEqual({ leftPanel: 'add', rightPanel: null, runPanel: false })
  const both = chosen(resized(wide, 1024), { rightPanel: 'activity' }, 1024)
  expect(shown(resized(both, 1000))).toEqual({ leftPanel: 'add', rightPanel: 'activity', runPanel: false })
})

it('has one panel give way to the other where both leave a slit, and all to one on a phone', () => {
  const tablet = chosen(firstPanels(720), { rightPanel: 'inspector', runPanel: true }, 720)
  expect(shown(tablet)).toEqual({ leftPanel: null, rightPanel: 'inspector', runPanel: true })
  expect(shown(resized(tablet, 740))).toEqual(shown(tablet))
  const phone = chosen(chosen(firstPanels(390), { rightPanel: 'inspector' }, 390), { runPanel: true }, 390)
  expect(shown(phone)).toEqual({ leftPanel: null, rightPanel: null, runPanel: true })
  expect(shown(chosen(phone, { leftPanel: 'outline' }, 390))).toEqual({ leftPanel: 'outline', rightPanel: null, runPanel: false })
})

it('lets the canvas be seen on a phone, and has nothing to close elsewhere', () => {
  const covered = chosen(firstPanels(390), { leftPanel: 'outline' }, 390)
  expect(shown(uncovered(covered, 390)).leftPanel).toBeNull()
  expect(uncovered(wide, 1440)).toBe(wide)
})
